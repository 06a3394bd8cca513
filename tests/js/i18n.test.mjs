import assert from 'node:assert/strict';
import test from 'node:test';
import * as i18n from '../../static/shared/i18n.js';

const RU = {
  files: { one: '{count} файл', few: '{count} файла', many: '{count} файлов', other: '{count} файла' },
  hello: 'Здравствуйте, {name}', 'day.today': 'Сегодня', 'day.yesterday': 'Вчера',
  'day.todayAt': 'сегодня в {time}', 'day.tomorrowAt': 'завтра в {time}', 'day.dayAt': '{day} в {time}',
  'size.b': '{value} Б', 'size.kb': '{value} КБ', 'size.mb': '{value} МБ', 'size.gb': '{value} ГБ',
};

function russian() {
  i18n.setLocale({ language: 'ru', texts: RU, zone: 'Europe/Moscow' });
}

test('the plural follows the language', () => {
  russian();
  assert.deepEqual([1, 2, 5, 21].map((count) => i18n.t('files', { count })),
    ['1 файл', '2 файла', '5 файлов', '21 файл']);
});

test('an unknown key and an unknown place are shown as they are', () => {
  russian();
  assert.equal(i18n.t('nothing.here'), 'nothing.here');
  assert.equal(i18n.t('hello'), 'Здравствуйте, {name}');
});

test('a name with a pattern of replace in it is put in literally', () => {
  russian();
  assert.equal(i18n.t('hello', { name: '$& $1 {name}' }), 'Здравствуйте, $& $1 {name}');
});

test('moments are shown in the zone asked for', () => {
  russian();
  assert.equal(i18n.formatTime('2026-11-22T21:30:00Z'), '00:30');
});

test('a day is named by its distance in the viewer’s zone', () => {
  russian();
  const now = Date.parse('2026-11-22T21:30:00Z'); // the 23rd in Moscow
  assert.equal(i18n.formatDay('2026-11-23T05:00:00Z', now), 'Сегодня');
  assert.equal(i18n.formatDay('2026-11-22T05:00:00Z', now), 'Вчера');
  assert.equal(i18n.formatDay('2026-11-20T05:00:00Z', now), '20 ноября');
  assert.equal(i18n.formatDay('2025-11-20T05:00:00Z', now), '20 ноября 2025 г.');
});

test('an opening hour says today, tomorrow or the day', () => {
  russian();
  const now = Date.parse('2026-11-22T05:00:00Z');
  assert.equal(i18n.formatWhen('2026-11-22T06:00:00Z', now), 'сегодня в 09:00');
  assert.equal(i18n.formatWhen('2026-11-23T06:00:00Z', now), 'завтра в 09:00');
  assert.equal(i18n.formatWhen('2026-11-24T06:00:00Z', now), '24 ноября в 09:00');
});

test('English writes the day first and counts hours to twenty-four', () => {
  i18n.setLocale({ language: 'en', texts: {}, zone: 'Europe/Moscow' });
  const now = Date.parse('2026-11-22T05:00:00Z');
  assert.equal(i18n.formatTime('2026-11-22T11:05:00Z'), '14:05');
  assert.equal(i18n.formatDay('2026-11-20T05:00:00Z', now), '20 November');
  assert.equal(i18n.formatMoment('2026-11-20T21:30:00Z'), '21 November 2026 at 00:30');
});

test('sizes are short', () => {
  russian();
  assert.deepEqual([0, 900, 1536, 20 * 1024 * 1024].map((bytes) => i18n.formatSize(bytes)),
    ['0 Б', '900 Б', '1,5 КБ', '20 МБ']);
});

test('the first wanted language that is offered wins', () => {
  assert.equal(i18n.pickLanguage([undefined, '', 'kk-KZ', 'en-GB', 'ru'], ['ru', 'en']), 'en');
  assert.equal(i18n.pickLanguage(['kk'], ['ru', 'en']), 'ru');
});

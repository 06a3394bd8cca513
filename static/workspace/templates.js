/** Reply templates: found by code and words, filled with what is known, with the rest left as blanks. */

const BLANK = /\{[\p{L}_][\p{L}\p{N}_ ]*\}/gu;

/** What was typed after the "/" that begins the text, or null when no template is being looked for. */
export function queryOf(text, caret = text.length) {
  const match = /^\/([^\s/]*)$/u.exec(text.slice(0, caret));
  return match ? match[1] : null;
}

/**
 * Templates that fit, the best first: the code itself, a code that begins so, then all the words anywhere.
 * Own and the line's come before common ones; those of the customer's language before others.
 */
export function search(templates, query, { line = null, language = '' } = {}) {
  const wanted = fold(query);
  const found = [];
  for (const template of templates) {
    if (template.line !== null && line !== null && template.line !== line) continue;
    const rank = rankOf(template, wanted);
    if (rank === null) continue;
    const nearness = (template.personal ? 0 : template.line !== null ? 1 : 2) + (language && template.language !== language ? 4 : 0);
    found.push({ template, rank, nearness });
  }
  return found.sort((a, b) => a.rank - b.rank || a.nearness - b.nearness).map((each) => each.template);
}

function rankOf(template, wanted) {
  if (!wanted) return 3;
  const code = fold(template.shortcut);
  if (code === wanted) return 0;
  if (code.startsWith(wanted)) return 1;
  const all = `${code} ${fold(template.title)} ${fold(template.folder)}`;
  const words = wanted.split(/[\s_-]+/).filter(Boolean);
  if (words.every((word) => all.includes(word))) return 2;
  return words.every((word) => all.includes(word) || fold(template.text).includes(word)) ? 4 : null;
}

const fold = (text) => String(text).toLowerCase().replaceAll('ё', 'е');

/** The text with the known values in it, and where its first blank stands: [from, to], or null without one. */
export function fill(text, values) {
  const filled = text.replace(BLANK, (place) => values[place.slice(1, -1)] || place);
  return { text: filled, blank: nextBlank(filled) };
}

/** The first blank at or after `from`. */
export function nextBlank(text, from = 0) {
  BLANK.lastIndex = 0;
  for (const match of text.matchAll(BLANK)) {
    if (match.index >= from) return [match.index, match.index + match[0].length];
  }
  return null;
}

/** What is told in passing, and which of two notices about one conversation stands. Pure: the app draws them. */
const MOST = 3;

/** @typedef {{text: string, kind: string, about: number|null, key: number}} Notice */

/** With one more: it takes the place of the same words, and of another about the same conversation. */
export function withNotice(list, notice) {
  const { text, about } = notice;
  return [...list.filter((each) => each.text !== text && (about === null || each.about !== about)), notice].slice(-MOST);
}

/** That it came back, and from whom, says more than that it is his: whichever is heard first. */
export const saysMore = (list, conversation) => list.some(({ about, kind }) => about === conversation && kind === 'bad');

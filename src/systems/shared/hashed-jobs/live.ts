/** Characters of a result or reason that travel with an event. */
const detailLimit = 300

/** The beginning of a text, never cut inside a character; null for nothing. */
export function shortDetail(text: string | null): string | null {
  if (text === null || text === '') return null
  return text.length <= detailLimit ? text : text.slice(0, detailLimit).replace(/[\uD800-\uDBFF]$/, '')
}

/** 0 to 100 where a text is such a number; null for any other progress. */
export function percentIn(text: string | null): number | null {
  const number = text === null || text.trim() === '' ? Number.NaN : Number(text)
  return number >= 0 && number <= 100 ? number : null
}

/** "due" and the time, in UTC, of a delayed job; null for what is no time. */
export function dueText(ms: string | null): string | null {
  const due = new Date(Math.round(Number(ms ?? Number.NaN)))
  return ms === null || ms === '' || Number.isNaN(due.getTime()) ? null : `due ${due.toISOString()}`
}

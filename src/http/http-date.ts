import type { EpochMs } from '../clock.ts'

/** The last second that has four digits for its year, as an HTTP-date must. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59)

/**
 * An instant as HTTP writes it (IMF-fixdate, RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. Fractions of a second are
 * dropped. What comes after the year 9999 is written as its end.
 */
export function httpDate(instant: EpochMs): string {
  return new Date(Math.min(instant, LATEST)).toUTCString()
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)'

/** The three forms that RFC 9110 §5.6.7 asks every recipient to read: IMF-fixdate, RFC 850, asctime. */
const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
]

/**
 * The instant that an HTTP-date names, always read as UTC; undefined where `text` is none. `now` decides the century of
 * the two-digit year in the RFC 850 form: the latest one that lies no more than 50 years ahead.
 */
export function parseHttpDate(text: string, now: EpochMs): EpochMs | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups
    if (parts !== undefined) return instantOf(parts, now)
  }
  return undefined
}

function instantOf(parts: Record<string, string | undefined>, now: EpochMs): EpochMs | undefined {
  const month = MONTHS.indexOf(parts['month'] ?? '')
  const day = Number(parts['day'])
  let year = Number(parts['year'])
  if (parts['year']?.length === 2) {
    const latest = new Date(now).getUTCFullYear() + 50
    year += Math.floor((latest - year) / 100) * 100
  }
  const date = new Date(0)
  date.setUTCFullYear(year, month, day) // `Date.UTC` would take the year 50 for 1950
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined
  return date.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']))
}

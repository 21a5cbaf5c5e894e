const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A whole number with thousands separated: 12,345. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** At most five characters: exact below 10,000, then 12.3k, 1.23M, 4.56B. For cells; keep the exact number in a title. */
export function formatCompact(count: number): string {
  const size = Math.abs(count)
  if (size < 10_000) return grouped.format(count)
  const [divisor, unit] = size < 999_500 ? [1e3, 'k'] : size < 999_500_000 ? [1e6, 'M'] : [1e9, 'B']
  const scaled = count / divisor
  const digits = Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2
  return `${scaled.toFixed(digits)}${unit}`
}

/** Jobs a minute: whole from 10 on, one digit below, so that a slow queue does not read as stopped. */
export function formatRate(perMinute: number): string {
  if (perMinute === 0) return '0'
  if (Math.abs(perMinute) < 0.05) return '<0.1'
  if (Math.abs(perMinute) < 9.95) return perMinute.toFixed(1)
  return formatCompact(Math.round(perMinute))
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes in powers of 1,024 with three significant digits: 1.50 MiB. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1024
    unit++
  }
  if (unit === 0) return `${Math.round(value)} B`
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${byteUnits[unit]}`
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A time span in ms with its two largest units: 0.4 s, 12 s, 3m 20s, 2h 5m, 3d 4h. */
export function formatDuration(ms: number): string {
  const span = Math.abs(ms)
  const sign = ms < 0 ? '−' : ''
  if (span < 950) return `${sign}${Math.round(span)} ms`
  if (span < 9_950) return `${sign}${(span / second).toFixed(1)} s`
  if (span < minute) return `${sign}${Math.floor(span / second)} s`
  const pair = (big: number, small: number, bigUnit: string, smallUnit: string) => {
    const total = Math.floor(span / small)
    const per = big / small
    const rest = total % per
    return `${sign}${Math.floor(total / per)}${bigUnit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`
  }
  if (span < hour) return pair(minute, second, 'm', 's')
  if (span < day) return pair(hour, minute, 'h', 'm')
  if (span < 1000 * day) return pair(day, hour, 'd', 'h')
  return `${sign}${formatCompact(Math.floor(span / day))}d`
}

/** A time in words from now, coarse to the unit: just now, 12 s ago, 4 min ago, in 3 h. */
export function formatRelative(at: number, now: number): string {
  const span = Math.abs(now - at)
  const words =
    span < 2 * second
      ? null
      : span < minute
        ? `${Math.floor(span / second)} s`
        : span < hour
          ? `${Math.floor(span / minute)} min`
          : span < 2 * day
            ? `${Math.floor(span / hour)} h`
            : `${grouped.format(Math.floor(span / day))} days`
  if (words === null) return 'just now'
  return at <= now ? `${words} ago` : `in ${words}`
}

const two = (value: number) => String(value).padStart(2, '0')

/** The time of day of this computer: 14:03:22. */
export function formatClock(at: number): string {
  const time = new Date(at)
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** Date and time of this computer with its offset from UTC: 2026-11-22 14:03:22 +01:00. */
export function formatDateTime(at: number): string {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return String(at)
  const offset = -time.getTimezoneOffset()
  const zone = `${offset < 0 ? '−' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${formatClock(at)} ${zone}`
}

/** A share of one as a percentage without digits; below one percent but not nothing it says so. */
export function formatPercent(share: number): string {
  if (share > 0 && share < 0.005) return '<1%'
  return `${Math.round(share * 100)}%`
}

/** "1 job", "2 jobs": a count with its noun. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

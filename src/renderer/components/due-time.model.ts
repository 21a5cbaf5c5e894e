const two = (value: number) => String(value).padStart(2, '0')

/** A time as a field for date and time wants it: the clock of this computer, to the second. */
export function localInput(at: number): string {
  const time = new Date(at)
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** What such a field holds, epoch ms; null for no time. */
export function readLocalInput(text: string): number | null {
  const at = new Date(text).getTime()
  return text === '' || Number.isNaN(at) || at < 0 ? null : at
}

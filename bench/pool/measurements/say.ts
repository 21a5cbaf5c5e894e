/** Tells the bench that started this process. */
export function say(word: string): void {
  process.stdout.write(`${word}\n`)
}

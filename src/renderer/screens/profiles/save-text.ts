/** Saves text as a file of the person's computer. */
export function saveText(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  // The download has its own hold on the text once it began.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

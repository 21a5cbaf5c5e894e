/** Longer than any chain of certificates that a server shows. */
const mostBytes = 100_000

/** The text of a certificate or key file; or a sentence on why it cannot be one. */
export async function readPem(file: Blob): Promise<{ text: string } | { problem: string }> {
  if (file.size > mostBytes) return { problem: 'This file is too large to be a certificate or a key.' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
    if (text.includes('-----BEGIN ')) return { text }
  } catch {
    // Not text at all: the same sentence.
  }
  return { problem: 'This file is not in PEM format: convert it first, with openssl or ssh-keygen.' }
}

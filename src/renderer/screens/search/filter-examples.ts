/** What the language of filters can say, by example. Each example is a whole filter. */
export const filterExamples: readonly { readonly filter: string; readonly meaning: string }[] = [
  { filter: 'timeout', meaning: 'The word is somewhere in the job, in its payload or its error, or is its id.' },
  { filter: '"connection reset"', meaning: 'The same for words with blanks between them.' },
  { filter: 'data.user.id = 42', meaning: 'A field of the payload by its path. Numbers are exact at any length.' },
  { filter: 'items[].sku = "A-1"', meaning: 'Any place of a list; [0] is its first.' },
  { filter: 'data.tenant != missing', meaning: 'There is such a field.' },
  { filter: 'error ~ timeout', meaning: 'Contains, in any case; !~ and != are the opposite.' },
  { filter: 'failed < 10min and attempts >= 3', meaning: 'Units are ms, s, min, h, d and b, kb, mb, gb.' },
  { filter: '(eu or us) and not test', meaning: 'and may be left out; brackets group.' },
]

/** Names that mean what Sluice shows of a job; every other path is looked up in its payload. */
export const filterNames: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'id, name', meaning: 'of the job' },
  { name: 'queue, state, kind, system', meaning: 'where it is' },
  { name: 'error', meaning: 'as it is stored' },
  { name: 'signature', meaning: 'the error as Failures groups it: without numbers, ids, addresses' },
  { name: 'age, created', meaning: 'since it entered its state, since it was made' },
  { name: 'failed', meaning: 'the age of a failed job' },
  { name: 'hour', meaning: 'in which it entered its state, 0 to 23' },
  { name: 'attempts, progress, bytes', meaning: 'tries so far, percent, size of the payload' },
  { name: 'payload.name', meaning: 'a field of the payload that has such a name' },
]

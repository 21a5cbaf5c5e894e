/** How long one may stay silent until the next is asked as well, in ms. */
const patienceMs = 700

/**
 * Asks one after the other until one answers. The next is asked as soon as one failed, or stayed silent for a while: a
 * host that is gone says nothing for many seconds. The first answer counts. Throws an AggregateError with one error for
 * each, in their order, when nobody answered; an error that is `final` ends it at once, and is thrown as it is.
 */
export function inTurn<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
  { final = () => false, afterMs = patienceMs }: { final?: (error: unknown) => boolean; afterMs?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const errors: unknown[] = []
    let asked = 0
    let failed = 0
    let over = false
    let timer: NodeJS.Timeout | undefined

    function end(settle: () => void) {
      over = true
      clearTimeout(timer)
      settle()
    }
    function fail(place: number, error: unknown) {
      errors[place] = error
      failed++
      if (over) return
      if (final(error)) end(() => reject(error))
      else if (failed === items.length) end(() => reject(new AggregateError(errors)))
      else next()
    }
    function next() {
      clearTimeout(timer)
      if (over || asked === items.length) return
      const place = asked++
      ask(items[place] as Item).then(
        (answer) => end(() => resolve(answer)),
        (error) => fail(place, error),
      )
      timer = setTimeout(next, afterMs)
    }
    if (items.length === 0) reject(new AggregateError([]))
    else next()
  })
}

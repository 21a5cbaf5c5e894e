/** How often a feature is among those that are asked about, and among the others. */
export interface Contrast {
  readonly failing: number
  readonly failingOf: number
  readonly others: number
  readonly othersOf: number
}

/** Fewer on either side say nothing. */
const leastOf = 10
/** A feature of fewer failing jobs, by count and by share, explains too little of them. */
const leastCount = 5
const leastShare = 0.1
const leastLift = 1.5
/** How likely any of the features that were looked at may be there by chance alone. */
const mostChance = 0.01

/**
 * What is more frequent among the failing than chance would have it, strongest first: Fisher's exact test, one-sided, which
 * is right for small samples too, with the chance divided among all that were looked at; then by G of the 2 x 2 table.
 * @param looked how many features were counted, these or others
 */
export function overRepresented<T extends Contrast>(features: readonly T[], looked: number): (T & { lift: number })[] {
  return features
    .map((feature) => ({ ...feature, lift: liftOf(feature) }))
    .filter((feature) => isEnough(feature) && chanceOf(feature) * Math.max(1, looked) <= mostChance)
    .sort((a, b) => gOf(b) - gOf(a) || b.lift - a.lift)
}

function isEnough({ failing, failingOf, othersOf, lift }: Contrast & { lift: number }): boolean {
  if (failingOf < leastOf || othersOf < leastOf || lift < leastLift) return false
  return failing >= leastCount && failing >= leastShare * failingOf
}

/** How many times as likely a failing job is to have it; half a job is added to what may be none. */
function liftOf({ failing, failingOf, others, othersOf }: Contrast): number {
  return failing / failingOf / ((others + 0.5) / (othersOf + 0.5))
}

/** How likely so many or more of those that have it would be failing ones if it made no difference. */
export function chanceOf({ failing, failingOf, others, othersOf }: Contrast): number {
  const having = failing + others
  const all = failingOf + othersOf
  let chance = 0
  for (let k = failing; k <= Math.min(having, failingOf); k++) {
    chance += Math.exp(choose(failingOf, k) + choose(othersOf, having - k) - choose(all, having))
  }
  return Math.min(1, chance)
}

function gOf({ failing, failingOf, others, othersOf }: Contrast): number {
  const all = failingOf + othersOf
  const having = failing + others
  const part = (seen: number, row: number, column: number) =>
    seen === 0 ? 0 : seen * Math.log((seen * all) / (row * column))
  const having2 = part(failing, failingOf, having) + part(others, othersOf, having)
  const lacking = part(failingOf - failing, failingOf, all - having) + part(othersOf - others, othersOf, all - having)
  return 2 * (having2 + lacking)
}

const logFactorials = [0]

/** The logarithm of n over k. */
function choose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push((logFactorials[i - 1] as number) + Math.log(i))
  return (logFactorials[n] as number) - (logFactorials[k] as number) - (logFactorials[n - k] as number)
}

import type { Profile } from '../../../domain/profile.ts'

type Placed = Pick<Profile, 'id' | 'folder' | 'builtIn'>

/** A folder with its profiles, in order; the folder without a name holds those that are in none. */
export interface Folder<P> {
  readonly name: string
  readonly profiles: readonly P[]
}

/** Profiles by folder: those in none first, then each folder where its first profile stands. */
export function foldersOf<P extends Placed>(profiles: readonly P[]): Folder<P>[] {
  const folders = new Map<string, P[]>([['', []]])
  for (const profile of profiles) {
    const members = folders.get(profile.folder)
    if (members === undefined) folders.set(profile.folder, [profile])
    else members.push(profile)
  }
  return [...folders].map(([name, members]) => ({ name, profiles: members }))
}

/** Where a profile may go: into a folder, before another profile of it or at its end. */
export interface Goal {
  readonly folder: string
  readonly before: string | null
}

/** All profiles in the order that a person sees, with one of them moved. The built-in one does not move, nor give way. */
export function movedTo<P extends Placed>(profiles: readonly P[], id: string, goal: Goal): P[] {
  const seen = foldersOf(profiles)
  const one = profiles.find((profile) => profile.id === id)
  const before = profiles.find((profile) => profile.id === goal.before)
  if (one === undefined || one.builtIn || before?.builtIn || goal.before === id)
    return seen.flatMap((folder) => folder.profiles)
  const moved = { ...one, folder: goal.folder }
  const next = seen.map(({ name, profiles: members }) => {
    const others = members.filter((profile) => profile.id !== id)
    if (name !== goal.folder) return others
    const at = goal.before === null ? -1 : others.findIndex((profile) => profile.id === goal.before)
    return at < 0 ? [...others, moved] : [...others.slice(0, at), moved, ...others.slice(at)]
  })
  if (!seen.some(({ name }) => name === goal.folder)) next.push([moved])
  return next.flat()
}

/** Where one step up or down leads, over the edge of a folder into the next; null where there is no way on. */
export function stepGoal(profiles: readonly Placed[], id: string, step: -1 | 1): Goal | null {
  const folders = foldersOf(profiles)
  const at = folders.findIndex((folder) => folder.profiles.some((profile) => profile.id === id))
  const folder = folders[at]
  if (folder === undefined) return null
  const place = folder.profiles.findIndex((profile) => profile.id === id)
  if (folder.profiles[place]?.builtIn) return null
  if (step === -1) {
    const above = folder.profiles[place - 1]
    if (above !== undefined && !above.builtIn) return { folder: folder.name, before: above.id }
    const previous = folders[at - 1]
    return previous === undefined ? null : { folder: previous.name, before: null }
  }
  if (place < folder.profiles.length - 1) return { folder: folder.name, before: folder.profiles[place + 2]?.id ?? null }
  const next = folders[at + 1]
  return next === undefined ? null : { folder: next.name, before: next.profiles[0]?.id ?? null }
}

/** What the engine is told: the place of each profile. */
export function placesOf(profiles: readonly Placed[]): { id: string; folder: string }[] {
  return profiles.filter(({ builtIn }) => !builtIn).map(({ id, folder }) => ({ id, folder }))
}

/** Whether all words of a search are in what is known of a profile. */
export function isFound(
  profile: Pick<Profile, 'name' | 'url' | 'folder' | 'environment'>,
  servers: readonly string[],
  search: string,
): boolean {
  const all = [profile.name, profile.url, profile.folder, profile.environment, ...servers]
    .join('\n')
    .toLocaleLowerCase()
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

/** A name for a copy that no other profile has, at most 80 characters. */
export function copyName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? ' (copy)' : ` (copy ${number})`
    let stem = name
    while (stem.length + ending.length > 80) stem = [...stem].slice(0, -1).join('')
    const copy = `${stem}${ending}`
    if (!taken.has(copy)) return copy
  }
}

/** The name of a new handler's file as it will be: with an ending where none was typed. */
export function handlerFileName(typed: string): string {
  const name = typed.trim()
  return /\.(js|mjs|ts)$/.test(name) ? name : `${name}.mjs`
}

/** What is wrong with the name of a new handler; null when nothing is. */
export function handlerNameProblem(typed: string): string | null {
  if (typed.trim() === '') return 'Give it a name.'
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(js|mjs|ts)$/.test(handlerFileName(typed))
    ? null
    : 'Letters, digits, dots and dashes; it ends in .js, .mjs or .ts.'
}

/** What is wrong with the path of a handler; null when nothing is that can be seen from here. */
export function handlerPathProblem(path: string): string | null {
  if (path.trim() === '') return 'Choose a file, or make one.'
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path.trim())) return 'Give its whole path.'
  return /\.(js|mjs|ts)$/.test(path.trim()) ? null : 'A handler is a .js, .mjs or .ts file.'
}

/**
 * What a queue system gets to reach Redis: structural handles, so that no system imports a client library.
 * A read-only connection never makes a Writer: a write there does not compile, and does not exist at run time.
 */

/** A command and its arguments; text is sent as UTF-8, a Buffer as it is. */
export type Arg = string | number | Buffer
export type Command = readonly [name: string, ...args: Arg[]]

/** A reply as Redis gave it: strings are Buffers, because payloads may be any bytes; a failed command is a SluiceError. */
export type Reply = Buffer | number | null | Error | Reply[]

/** Reads. Every method costs exactly one round trip. */
export interface Reader {
  /** Sends the commands together; the replies come in order, each a SluiceError where that command failed. */
  pipeline(commands: readonly Command[]): Promise<Reply[]>
  /** Sends one command; throws a SluiceError where it failed. */
  call(...command: Command): Promise<Reply>
}

/** A Lua script; `name` is what CLIENT LIST and errors call it, `lua` its text. */
export interface Script {
  readonly name: string
  readonly lua: string
  /** It changes nothing: a cut connection is no unknown outcome, and it may be asked again. */
  readonly reads?: true
}

/** Writes: one atomic script a call, sent once and never resent; a cut connection throws OUTCOME_UNKNOWN. */
export interface Writer extends Reader {
  run(script: Script, keys: readonly string[], args: readonly Arg[]): Promise<Reply>
}

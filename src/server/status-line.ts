/** Where the line goes: a terminal, or a log. */
export interface StatusOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface StatusLine {
  /** Prints a sentence above the line. */
  say(sentence: string): void
  stop(): void
}

const terminalMs = 1_000
const logMs = 10_000

/**
 * Keeps one line at the bottom of a terminal, rewritten each second, so that the console is seen to work without a
 * browser. Where the output is no terminal it prints the line every 10 s instead.
 */
export function startStatusLine(output: StatusOutput, line: () => string): StatusLine {
  const terminal = output.isTTY === true
  const clear = '\r\u001b[2K'
  const draw = () => {
    if (!terminal) output.write(`${line()}\n`)
    // One column is left free: a full last column would wrap, and the next rewrite would leave the line behind.
    else output.write(clear + line().slice(0, (output.columns || 80) - 1))
  }
  const timer = setInterval(draw, terminal ? terminalMs : logMs)
  if (terminal) draw()
  return {
    say(sentence) {
      output.write(terminal ? `${clear}${sentence}\n` : `${sentence}\n`)
      if (terminal) draw()
    },
    stop() {
      clearInterval(timer)
      if (terminal) output.write(clear)
    },
  }
}

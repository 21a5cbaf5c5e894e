/** Why a file cannot be imported, where trying again would change nothing. */
export class CsvProblem extends Error {
  override readonly name = 'CsvProblem'
  readonly retryable = false
}

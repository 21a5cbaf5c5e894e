/**
 * An expression of an assignment, as it is read. There are no loops and no calls but those named here, so it ends after as
 * many steps as it has parts.
 */
export type Expression =
  | { readonly kind: 'json'; readonly raw: string }
  | { readonly kind: 'path'; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly of: readonly Expression[] }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }

export const functionNames = ['lower', 'upper', 'trim', 'number', 'text', 'coalesce', 'now'] as const
export type FunctionName = (typeof functionNames)[number]

/** How many arguments each takes, at least and at most. */
export const argumentsOf: Readonly<Record<FunctionName, readonly [number, number]>> = {
  lower: [1, 1],
  upper: [1, 1],
  trim: [1, 1],
  number: [1, 1],
  text: [1, 1],
  coalesce: [1, 20],
  now: [0, 0],
}

export type BinaryOperator = '??' | '=' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%'

/** Operators by how loosely they bind; those of one line bind alike, from left to right. */
export const levels: readonly (readonly BinaryOperator[])[] = [
  ['??'],
  ['=', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
]

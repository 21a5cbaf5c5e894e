/** Why a change cannot be made, in a sentence: caught where the change was asked for, never shown as a failure. */
export class Refusal extends Error {}

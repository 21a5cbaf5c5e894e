import { SluiceError } from '../../domain/errors.ts'
import { type ProfileDraft, profileDraftSchema } from '../../domain/profile.ts'

/** A name is typed again to confirm, so it is one line that reads in the order in which it is typed. */
export const unfitForNames = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** A name of a profile or folder as it is kept: in NFC and trimmed. */
export const tidyName = (name: string) => name.normalize('NFC').trim()

/** The draft as it may be saved. Throws INVALID_INPUT. */
export function checkedDraft(draft: ProfileDraft): ProfileDraft {
  const tidy = { ...draft, name: tidyName(draft.name), folder: tidyName(draft.folder) }
  const parsed = profileDraftSchema.safeParse(tidy)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SluiceError('INVALID_INPUT', `That profile cannot be saved: ${issue?.path.join('.')} is not valid.`)
  }
  demandFit(parsed.data.name, 'The name of a profile')
  demandFit(parsed.data.folder, 'The name of a folder')
  return parsed.data
}

/** Throws INVALID_INPUT for a name that could be read as another one than it is. */
export function demandFit(name: string, what: string): void {
  if (!unfitForNames.test(name)) return
  throw new SluiceError(
    'INVALID_INPUT',
    `${what} may hold no line breaks and no characters that change the direction of text.`,
  )
}

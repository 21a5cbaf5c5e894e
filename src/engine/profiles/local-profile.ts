import { type Profile, usualProfile } from '../../domain/profile.ts'

/** The id of the built-in profile. */
export const localProfileId = 'local'

/** The built-in profile of the private server that the app runs; `url` without its password. */
export function localProfile(url: string): Profile {
  return {
    id: localProfileId,
    name: 'This computer',
    url,
    ...usualProfile,
    colour: 'slate',
    builtIn: true,
    secrets: ['password'],
  }
}

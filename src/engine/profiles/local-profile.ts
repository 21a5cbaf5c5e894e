import { defaultTrashLimitMb, type Profile } from '../../domain/profile.ts'

/** The id of the built-in profile. */
export const localProfileId = 'local'

/** The built-in profile of the private server that the app runs; `url` without its password. */
export function localProfile(url: string): Profile {
  return {
    id: localProfileId,
    name: 'This computer',
    url,
    colour: 'slate',
    environment: 'local',
    readOnly: false,
    hints: [],
    trackedPrefix: 'local_request:',
    privateTargets: true,
    trashLimitMb: defaultTrashLimitMb,
    builtIn: true,
    hasSecret: true,
  }
}

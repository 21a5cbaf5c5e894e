import electronFuses from '@electron/fuses'

const { FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } = electronFuses
/** How the two are written in the program: the characters 1 and 0. */
const state = { on: 0x31, off: 0x30 }

/**
 * What Electron's own program can and cannot do once it is Sluice. Without Node's ways in (no `ELECTRON_RUN_AS_NODE`, no
 * NODE_OPTIONS, no `--inspect`) whoever may start Sluice cannot make it run another program with its rights; and it
 * takes its code from app.asar alone, whose checksum macOS and Windows compare.
 */
export const fuses = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
}

/** Sets the fuses of a program, and makes sure that they are set. Must run before it is signed. @param {string} program */
export async function setFuses(program) {
  await flipFuses(program, {
    version: FuseVersion.V1,
    resetAdHocDarwinSignature: process.platform === 'darwin',
    ...fuses,
  })
  const wrong = await wrongFuses(program)
  if (wrong.length > 0) throw new Error(`These fuses of ${program} are not as they should be: ${wrong.join(', ')}.`)
}

/** The names of the fuses that are not set as they should be. @param {string} program @returns {Promise<string[]>} */
export async function wrongFuses(program) {
  /** @type {Record<string, unknown>} */
  const wire = { ...(await getCurrentFuseWire(program)) }
  return Object.entries(fuses)
    .filter(([fuse, on]) => Number(wire[fuse]) !== (on ? state.on : state.off))
    .map(([fuse]) => FuseV1Options[Number(fuse)] ?? fuse)
}

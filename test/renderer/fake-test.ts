import { errorCodes } from '../../src/domain/errors.ts'

/** A trial connection: a URL with `auth` in it is refused by Redis, one with `refused` by nobody being there. */
export async function fakeTest(url: string) {
  await new Promise((resolve) => setTimeout(resolve, 400))
  const steps = [
    { name: 'Resolve the host name', ok: true, detail: '10.4.0.12' },
    { name: 'Connect', ok: true, detail: 'in 12 ms' },
  ]
  if (url.includes('auth'))
    return {
      ok: false,
      steps: [...steps, { name: 'Log in', ok: false, detail: 'Redis refused the user name or password.' }],
      code: 'AUTH_FAILED',
    }
  if (url.includes('refused'))
    return {
      ok: false,
      steps: [
        steps[0] as (typeof steps)[0],
        { name: 'Connect', ok: false, detail: errorCodes.CONNECTION_REFUSED.sentence },
      ],
      code: 'CONNECTION_REFUSED',
    }
  return {
    ok: true,
    steps: [
      ...steps,
      { name: 'Log in', ok: true, detail: 'as default' },
      { name: 'Ask who it is', ok: true, detail: 'Redis 7.4.2, master, 1,204,118 keys' },
    ],
    code: null,
  }
}

import { expect, it } from 'vitest'
import { type Profile, profileDraftSchema } from '../../../domain/profile.ts'
import { formProblems, startForm, toDraft, withField, withUrl } from './profile-form.model.ts'

const saved: Profile = {
  id: 'a',
  name: 'prod-eu',
  url: 'rediss://console@redis.example:6380/1',
  colour: 'blue',
  environment: 'production',
  readOnly: false,
  hints: [],
  trackedPrefix: 'local_request:',
  privateTargets: false,
  trashLimitMb: 512,
  builtIn: false,
  hasSecret: true,
}

it('wants a name and an address before anything can be saved', () => {
  expect(Object.keys(formProblems(startForm(undefined, []), []))).toEqual(['name', 'url'])
})
it('refuses the name of another connection, but not its own', () => {
  expect(
    formProblems({ ...startForm(undefined, [saved]), name: ' prod-eu ', url: 'redis://h' }, [saved]),
  ).toHaveProperty('name')
  expect(formProblems(startForm(saved, [saved]), [saved])).toEqual({})
})
it('lets the workers of a new connection call private networks', () => {
  expect(startForm(undefined, []).privateTargets).toBe(true)
})
it('gives a new connection a colour of its own', () => {
  expect(startForm(undefined, [saved]).colour).not.toBe('blue')
})
it('keeps the URL and the fields in step', () => {
  const typed = withUrl(startForm(undefined, []), 'rediss://ada@db.example/4')
  expect(typed.fields).toMatchObject({ transport: 'tls', host: 'db.example', db: '4', username: 'ada' })
  expect(withField(typed, { host: 'other' }).url).toBe('rediss://ada@other:6379/4')
})
it('does not lose a password that was typed into the URL when a field is changed', () => {
  const form = withField(withUrl(startForm(undefined, []), 'redis://:secret@h'), { db: '2' })
  expect([form.url, form.password]).toEqual(['redis://h:6379/2', 'secret'])
})
it('makes drafts that the contract takes, and keeps the stored password unless another is typed', () => {
  const draft = toDraft(startForm(saved, [saved]))
  expect(profileDraftSchema.parse(draft)).toMatchObject({
    id: 'a',
    url: saved.url,
    password: null,
    privateTargets: false,
    trashLimitMb: 512,
  })
})
it('wants a whole number for the room of the trash', () => {
  const problems = (trashLimitMb: string) => formProblems({ ...startForm(saved, [saved]), trashLimitMb }, [saved])
  expect(['0', '256', '1000000'].map((text) => problems(text).trashLimitMb)).toEqual([undefined, undefined, undefined])
  expect(['', '-1', '1.5', '1000001', 'many'].every((text) => problems(text).trashLimitMb !== undefined)).toBe(true)
})

import type { Random } from './random.ts'

const given = ['Asha', 'Ravi', 'Meera', 'Arjun', 'Divya', 'Kabir', 'Nisha', 'Sanjay', 'Elena', 'Tomás', 'Zoë', 'Björn', 'سارا', 'رضا', 'मीरा', '美咲'] as const // biome-ignore format: a list
const family = ['Rao', 'Iyer', 'Kapoor', 'Nair', 'Shah', 'Menon', 'Das', 'Bose', 'García', 'Müller', "O'Neill", 'رضایی', 'کریمی', 'शर्मा', '佐藤'] as const // biome-ignore format: a list
const mailbox = ['asha', 'ravi.k', 'meera', 'arjun.n', 'divya', 'kabir', 'nisha.s', 'sanjay', 'elena', 'tomas', 'zoe', 'bjorn', 'sara.r', 'reza'] as const // biome-ignore format: a list

export function personName(random: Random): string {
  return `${random.pick(given)} ${random.pick(family)}`
}

/** Domains that can never be anybody's. */
export function emailOf(random: Random): string {
  const domain = random.pick(['example.com', 'example.org', 'mail.example', 'corp.example'])
  return `${random.pick(mailbox)}${random.int(1, 999)}@${domain}`
}

export function mobileOf(random: Random): string {
  return `+9198${random.int(10_000_000, 99_999_999)}`
}

/** ISO text of an epoch ms, as producers in Python and Go write it. */
export function iso(at: number): string {
  return new Date(at).toISOString()
}

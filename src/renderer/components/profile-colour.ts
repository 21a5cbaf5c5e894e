import type { profileColours } from '../../domain/profile.ts'

export type ProfileColour = (typeof profileColours)[number]

/** Background class of each colour a profile can have; written out so that the style sheet has them. */
export const profileFill: Record<ProfileColour, string> = {
  slate: 'bg-profile-slate',
  blue: 'bg-profile-blue',
  green: 'bg-profile-green',
  amber: 'bg-profile-amber',
  red: 'bg-profile-red',
  violet: 'bg-profile-violet',
  pink: 'bg-profile-pink',
  teal: 'bg-profile-teal',
}

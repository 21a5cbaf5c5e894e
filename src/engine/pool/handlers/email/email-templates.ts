import type { Job } from '../../handler.ts'
import { money } from '../money.ts'
import { type Phrase, say } from './phrase.ts'

/** What an e-mail says, before it has a form. */
export interface EmailContent {
  readonly subject: string
  /** The line that mail programs show beside the subject. */
  readonly preheader: string
  readonly tone: 'good' | 'plain' | 'bad'
  readonly heading: string
  /** The one figure that matters, large; null when there is none. */
  readonly figure: { readonly label: string; readonly value: string } | null
  readonly paragraphs: readonly Phrase[]
  readonly facts: readonly { readonly label: string; readonly value: string }[]
  /** Why this mail was sent. */
  readonly note: string
}

type Template = (data: Job['data'], brand: string) => EmailContent

/** A fact for each value that the job has; what is missing is left out. */
function facts(...pairs: readonly [label: string, value: string | undefined][]): EmailContent['facts'] {
  return pairs.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [{ label, value }]))
}

const rupees = (amount: string | undefined) => (amount === undefined ? undefined : money(amount, '₹'))

function figure(label: string, value: string | undefined): EmailContent['figure'] {
  return value === undefined || value === '' ? null : { label, value }
}

/** Words for how a withdrawal is paid out, in place of the code that the job carries. */
function methodName(method: string | undefined): string | undefined {
  const names: Readonly<Record<string, string>> = {
    upi: 'UPI',
    bank: 'bank transfer',
    bank_transfer: 'bank transfer',
    paytm: 'Paytm',
  }
  return method === undefined ? undefined : (names[method.toLowerCase()] ?? method)
}

/** The e-mails of the second seed, by job type, with its names of data fields. */
export const emailTemplates: Readonly<Record<string, Template>> = {
  welcome: (data, brand) => ({
    subject: `Welcome to ${brand}${data.user_name ? `, ${data.user_name}` : ''}`,
    preheader: 'Your account is ready.',
    tone: 'plain',
    heading: data.user_name ? `Welcome, ${data.user_name}` : 'Welcome',
    figure: figure('Your referral code', data.referral_code),
    paragraphs: [
      say`Thank you for joining ${brand}. Your account is ready, and every order you place through us now earns cashback.`,
      ...(data.referral_code
        ? [say`Share your referral code with friends: when they join with it, you both earn a reward.`]
        : []),
    ],
    facts: [],
    note: 'You get this message because an account was made with this address.',
  }),

  order_confirmation: (data) => ({
    subject: data.order_number ? `Order ${data.order_number} is confirmed` : 'Your order is confirmed',
    preheader: 'We have your order and are getting it ready.',
    tone: 'good',
    heading: 'Your order is confirmed',
    figure: figure('Total', rupees(data.total_amount)),
    paragraphs: [
      say`Thank you for your order. We will tell you as soon as it is on its way.`,
      say`Cashback for it shows in your wallet as pending first, and is confirmed once the return period is over.`,
    ],
    facts: facts(['Order number', data.order_number], ['Total', rupees(data.total_amount)], ['Status', 'Confirmed']),
    note: 'You get this message because an order was placed with your account.',
  }),

  cashback_confirmed: (data) => ({
    subject: data.amount ? `${money(data.amount, '₹')} cashback is now in your wallet` : 'Your cashback is confirmed',
    preheader: data.new_balance ? `Your balance is now ${money(data.new_balance, '₹')}.` : 'It is ready to use.',
    tone: 'good',
    heading: 'Cashback confirmed',
    figure: figure('Added to your wallet', rupees(data.amount)),
    paragraphs: [say`Your cashback is confirmed and in your wallet, ready to be used or withdrawn.`],
    facts: facts(['Cashback', rupees(data.amount)], ['New balance', rupees(data.new_balance)]),
    note: 'You get this message because your wallet changed.',
  }),

  withdrawal_requested: (data) => ({
    subject: data.amount
      ? `We received your request to withdraw ${money(data.amount, '₹')}`
      : 'We received your withdrawal request',
    preheader: 'We check it and tell you when the money is on its way.',
    tone: 'plain',
    heading: 'Withdrawal requested',
    figure: figure('Requested', rupees(data.amount)),
    paragraphs: [
      say`We received your request and are checking it. This takes up to two working days; you need not do anything.`,
      say`If this was not you, change your password now and write to us.`,
    ],
    facts: facts(['Amount', rupees(data.amount)], ['To', methodName(data.method)], ['Status', 'Being checked']),
    note: 'You get this message because a withdrawal was requested from your wallet.',
  }),

  withdrawal_processed: (data) => ({
    subject: data.amount ? `${money(data.amount, '₹')} is on its way to you` : 'Your withdrawal is on its way',
    preheader: 'Your withdrawal was approved and paid out.',
    tone: 'good',
    heading: 'Withdrawal paid out',
    figure: figure('Paid out', rupees(data.amount)),
    paragraphs: [
      say`Your withdrawal was approved and the money is on its way. Depending on your bank it arrives within minutes or by the next working day.`,
    ],
    facts: facts(
      ['Amount', rupees(data.amount)],
      ['Transaction', data.transaction_id],
      ['Status', data.status ? capital(data.status) : undefined],
    ),
    note: 'You get this message because a withdrawal was requested from your wallet.',
  }),

  withdrawal_rejected: (data) => ({
    subject: 'Your withdrawal could not be paid out',
    preheader: data.refunded_amount
      ? `${money(data.refunded_amount, '₹')} is back in your wallet.`
      : 'The money is back in your wallet.',
    tone: 'bad',
    heading: 'Withdrawal not paid out',
    figure: figure('Back in your wallet', rupees(data.refunded_amount ?? data.amount)),
    paragraphs: [
      data.reason
        ? say`We could not pay out your withdrawal, for this reason: ${data.reason}`
        : say`We could not pay out your withdrawal.`,
      say`The full amount is back in your wallet. You can ask for it again once this is settled.`,
    ],
    facts: facts(['Requested', rupees(data.amount)], ['Refunded', rupees(data.refunded_amount)]),
    note: 'You get this message because a withdrawal was requested from your wallet.',
  }),
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

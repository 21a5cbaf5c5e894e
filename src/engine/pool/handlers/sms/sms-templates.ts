import { HandlerError, type Job } from '../../handler.ts'
import { money } from '../money.ts'

type Template = (data: Job['data'], brand: string) => string

const rupees = (amount: string | undefined, otherwise: string) =>
  amount === undefined ? otherwise : money(amount, 'Rs. ')

/**
 * The SMS of the second seed, by job type. Short and without letters that need a Unicode SMS, so that each fits into
 * one part of 160 characters with data of usual length.
 */
export const smsTemplates: Readonly<Record<string, Template>> = {
  otp: (data, brand) => {
    if (!data.otp) throw new HandlerError('The job has no data.otp to send.', { retryable: false })
    return `${data.otp} is your ${brand} code. It is valid for 10 minutes. Never share it with anyone.`
  },
  order_confirmation: (data, brand) =>
    `${brand}: your order${data.order_number ? ` ${data.order_number}` : ''} is confirmed${
      data.total_amount ? `, total ${rupees(data.total_amount, '')}` : ''
    }. We will tell you when it ships.`,
  cashback_credited: (data, brand) =>
    `${brand}: ${rupees(data.amount, 'your')} cashback is in your wallet${
      data.new_balance ? `. New balance: ${rupees(data.new_balance, '')}` : ''
    }.`,
  withdrawal_processed: (data, brand) =>
    `${brand}: your withdrawal${data.amount ? ` of ${rupees(data.amount, '')}` : ''} was paid out${
      data.transaction_id ? ` (ref ${data.transaction_id})` : ''
    }.`,
  withdrawal_rejected: (data, brand) =>
    `${brand}: your withdrawal${data.amount ? ` of ${rupees(data.amount, '')}` : ''} was not paid out${
      data.reason ? `: ${data.reason.replace(/\.$/, '')}` : ''
    }. The amount is back in your wallet.`,
}

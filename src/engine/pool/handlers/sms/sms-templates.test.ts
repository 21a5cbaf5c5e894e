import { describe, expect, it } from 'vitest'
import { smsTemplates } from './sms-templates.ts'

const data: Readonly<Record<string, Record<string, string>>> = {
  otp: { otp: '482913' },
  order_confirmation: { order_number: 'ORD-2024-0917', total_amount: '2499.00' },
  cashback_credited: { amount: '250', new_balance: '1500.50' },
  withdrawal_processed: { amount: '500', transaction_id: 'TXN20240917001' },
  withdrawal_rejected: { amount: '500', reason: 'account name does not match' },
}

describe.each(Object.entries(data))('the SMS %s', (type, fields) => {
  const text = smsTemplates[type]?.(fields, 'Kite') ?? ''

  it('fits into one plain part', () => {
    expect(text.length).toBeGreaterThan(20)
    expect(text.length).toBeLessThanOrEqual(160)
    expect(text).toMatch(/^[\x20-\x5f\x61-\x7e]+$/)
  })

  it('shows its data', () => {
    const shown: Record<string, string> = { '2499.00': 'Rs. 2,499.00', '1500.50': 'Rs. 1,500.50', '250': 'Rs. 250' }
    for (const value of Object.values(fields)) expect(text).toContain(shown[value] ?? value)
  })

  it('needs nothing but a code to send', () => {
    if (type !== 'otp') expect(smsTemplates[type]?.({}, 'Kite')).not.toMatch(/undefined|null|NaN|\s\s|\s[.,]/)
    else expect(() => smsTemplates[type]?.({}, 'Kite')).toThrow('The job has no data.otp to send.')
  })
})

import { describe, expect, it } from 'vitest'
import { money } from '../money.ts'
import { emailTemplates } from './email-templates.ts'
import { renderEmail } from './render-email.ts'

const brand = 'Kite <Cashback>'
const data: Readonly<Record<string, Record<string, string>>> = {
  welcome: { user_name: 'Asha Rao', referral_code: 'ASHA25' },
  order_confirmation: { order_number: 'ORD-2024-0917', total_amount: '100000.50' },
  cashback_confirmed: { amount: '250', new_balance: '1500.50' },
  withdrawal_requested: { amount: '500', method: 'upi' },
  withdrawal_processed: { amount: '500', transaction_id: '9007199254740993', status: 'approved' },
  withdrawal_rejected: { amount: '500', reason: 'Name differs\nfrom the account', refunded_amount: '500' },
}

function render(type: string, fields = data[type] ?? {}) {
  const template = emailTemplates[type]
  if (template === undefined) throw new Error(`no template ${type}`)
  return renderEmail(template(fields, brand), brand)
}

describe.each(Object.keys(data))('the e-mail %s', (type) => {
  it('shows all its data in both forms', () => {
    const { html, text } = render(type)
    const shown: Record<string, string> = {
      upi: 'UPI',
      approved: 'Approved',
      '100000.50': '₹1,00,000.50',
      '1500.50': '₹1,500.50',
    }
    for (const value of Object.values(data[type] ?? {}).flatMap((lines) => lines.split('\n'))) {
      expect(text).toContain(shown[value] ?? value)
      expect(html).toContain(shown[value] ?? value)
    }
  })

  it('asks the network for nothing and runs nothing', () => {
    const { html } = render(type)
    expect(html).not.toMatch(/https?:|src=|href=|url\(|@import|<script|<link|<iframe|\son\w+=/i)
  })

  it('shows no data as markup, in no form', () => {
    const evil = '<img src=x onerror=alert(1)>"\'&\u0000\r\nBcc: x@y.co'
    const fields = Object.fromEntries(Object.keys(data[type] ?? {}).map((name) => [name, evil]))
    const { subject, html, text } = render(type, fields)
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;')
    expect(subject).not.toMatch(/\p{Cc}/u)
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it('needs none of its data', () => {
    const { subject, html, text } = render(type, {})
    expect(subject.length).toBeGreaterThan(5)
    expect(html + text).not.toMatch(/undefined|null|NaN/)
  })

  it('isolates text of the other direction', () => {
    const fields = Object.fromEntries(Object.keys(data[type] ?? {}).map((name) => [name, 'سارا رضایی']))
    const { html, text } = render(type, fields)
    expect(html).toContain('سارا رضایی')
    expect(text).toContain('سارا رضایی')
    expect(html).toMatch(/<bdi>سارا رضایی<\/bdi>|dir="auto"/)
  })
})

describe('money', () => {
  it('groups the Indian way and never touches a digit', () => {
    const all = ['0', '7', '999', '1000', '100000', '12345678.90', '9007199254740993', '-1500.5', '007', '1e5', 'free']
    expect(all.map((amount) => money(amount, '₹'))).toEqual([
      '₹0', '₹7', '₹999', '₹1,000', '₹1,00,000', '₹1,23,45,678.90', '₹9,00,71,99,25,47,40,993', '-₹1,500.5', '₹7', '1e5', 'free',
    ]) // biome-ignore format: one row a list
  })
})

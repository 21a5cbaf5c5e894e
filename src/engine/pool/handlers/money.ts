/**
 * An amount as stored with thousands grouped the Indian way (1,00,000.50), digits untouched; what is no plain number is
 * shown as it stands. `sign` is `₹` where any letter can be, `Rs. ` in an SMS.
 */
export function money(amount: string, sign: '₹' | 'Rs. '): string {
  const parts = /^(-?)0*(\d+)(\.\d+)?$/.exec(amount.trim())
  if (!parts) return amount
  const [, minus = '', whole = '', fraction = ''] = parts
  const head = whole.slice(0, -3)
  const grouped = head === '' ? whole : `${head.replace(/\B(?=(\d{2})+$)/g, ',')},${whole.slice(-3)}`
  return `${minus}${sign}${grouped}${fraction}`
}

import type { EmailContent } from './email-templates.ts'
import { escapeHtml, oneLine } from './phrase.ts'

export interface RenderedEmail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** An e-mail's content as subject, plain text and HTML that asks the network for nothing. */
export function renderEmail(content: EmailContent, brand: string): RenderedEmail {
  return { subject: oneLine(content.subject), text: textOf(content, brand), html: htmlOf(content, brand) }
}

function textOf({ heading, figure, paragraphs, facts, note }: EmailContent, brand: string): string {
  const width = Math.max(0, ...facts.map(({ label }) => label.length))
  return [
    oneLine(heading),
    '',
    ...(figure && facts.length === 0 ? [`${figure.label}: ${oneLine(figure.value)}`, ''] : []),
    ...paragraphs.flatMap(({ text }) => [text, '']),
    ...facts.map(({ label, value }) => `${`${label}:`.padEnd(width + 2)}${oneLine(value)}`),
    ...(facts.length > 0 ? [''] : []),
    '-- ',
    brand,
    note,
  ].join('\n')
}

const tones = {
  good: { accent: '#0f7b4f', soft: '#e8f6ef' },
  plain: { accent: '#3552c8', soft: '#edf0fc' },
  bad: { accent: '#b3372e', soft: '#fcefee' },
} as const

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"

/** Tables and inline styles, because mail programs know little else; the style block only betters small and dark screens. */
function htmlOf(
  { subject, preheader, tone, heading, figure, paragraphs, facts, note }: EmailContent,
  brand: string,
): string {
  const { accent, soft } = tones[tone]
  const paragraph = `margin:0 0 16px;${font}font-size:16px;line-height:24px;color:#30343f;`
  const row = ({ label, value }: { label: string; value: string }, i: number) => `
            <tr>
              <td class="line quiet" style="${font}padding:12px 16px 12px 0;font-size:14px;line-height:20px;color:#6a7080;${i === 0 ? '' : 'border-top:1px solid #e6e8ee;'}">${escapeHtml(label)}</td>
              <td class="line ink" align="right" style="${font}padding:12px 0;font-size:14px;line-height:20px;font-weight:600;color:#171a21;word-break:break-word;${i === 0 ? '' : 'border-top:1px solid #e6e8ee;'}"><bdi>${escapeHtml(value)}</bdi></td>
            </tr>`
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(oneLine(subject))}</title>
<style>
@media (max-width: 600px) { .outer { padding: 0 !important; } .card { border-radius: 0 !important; } .pad { padding-left: 24px !important; padding-right: 24px !important; } .value { font-size: 28px !important; line-height: 36px !important; } }
@media (prefers-color-scheme: dark) { .page { background: #101217 !important; } .card { background: #1a1d24 !important; } .ink { color: #f1f3f7 !important; } .quiet { color: #a3a9b8 !important; } .line { border-color: #2c313c !important; } .panel { background: #232731 !important; } }
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f7;">
<div style="display:none;max-height:0;overflow:hidden;">${escapeHtml(oneLine(preheader))}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f7;">
  <tr>
    <td class="outer" align="center" style="padding:32px 16px;">
      <table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background:#ffffff;border-radius:12px;overflow:hidden;">
        <tr><td style="height:4px;line-height:4px;font-size:0;background:${accent};">&nbsp;</td></tr>
        <tr>
          <td class="pad quiet" style="${font}padding:28px 40px 0;font-size:14px;line-height:20px;font-weight:600;letter-spacing:.02em;color:#6a7080;">${escapeHtml(brand)}</td>
        </tr>
        <tr>
          <td class="pad" style="padding:16px 40px 0;">
            <h1 class="ink" dir="auto" style="margin:0 0 20px;${font}font-size:24px;line-height:32px;font-weight:700;color:#171a21;">${escapeHtml(oneLine(heading))}</h1>
          </td>
        </tr>${
          figure === null
            ? ''
            : `
        <tr>
          <td class="pad" style="padding:0 40px 24px;">
            <table role="presentation" class="panel" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:${soft};border-radius:8px;">
              <tr>
                <td style="padding:20px 24px;">
                  <div class="quiet" style="${font}font-size:13px;line-height:20px;color:#6a7080;">${escapeHtml(figure.label)}</div>
                  <div class="value ink" style="${font}font-size:34px;line-height:44px;font-weight:700;color:#171a21;font-variant-numeric:tabular-nums;word-break:break-word;"><bdi>${escapeHtml(figure.value)}</bdi></div>
                </td>
              </tr>
            </table>
          </td>
        </tr>`
        }
        <tr>
          <td class="pad" style="padding:0 40px 8px;">${paragraphs.map(({ html }) => `<p class="ink" style="${paragraph}">${html}</p>`).join('')}</td>
        </tr>${
          facts.length === 0
            ? ''
            : `
        <tr>
          <td class="pad" style="padding:0 40px 16px;">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">${facts.map(row).join('')}
            </table>
          </td>
        </tr>`
        }
        <tr>
          <td class="pad" style="padding:8px 40px 32px;">
            <p class="line quiet" style="margin:0;padding-top:16px;border-top:1px solid #e6e8ee;${font}font-size:12px;line-height:18px;color:#6a7080;">${escapeHtml(note)}</p>
          </td>
        </tr>
      </table>
    </td>
  </tr>
</table>
</body>
</html>
`
}

/**
 * The document of the preview frame. The frame has an opaque origin and may do nothing; this policy, on top of the page's
 * own, takes away what would still reach out: remote pictures, fonts and style sheets, forms and scripts.
 */
export function previewDocument(html: string): string {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="color-scheme" content="light"><base target="_blank">${html}`
}

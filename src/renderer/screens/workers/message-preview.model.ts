/** Also one that never ends: a browser takes all that follows it for style. */
const styleElements = /<style\b[^>]*>.*?(?:<\/style\b[^>]*>|$)/gis

/**
 * The document of the preview frame. The frame has an opaque origin and may do nothing; this policy, on top of the page's
 * own, takes away what would still reach out: remote pictures, fonts and style sheets, forms and scripts.
 *
 * The page's policy, which the frame inherits, refuses `<style>` elements and says so in the console. Mails carry them
 * for small and dark screens alone, and the preview is neither: so they are left out. That is for quiet, not for safety.
 */
export function previewDocument(html: string): string {
  const policy = "default-src 'none'; img-src data:; style-src 'none'; style-src-attr 'unsafe-inline'; font-src data:"
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="color-scheme" content="light"><base target="_blank">${html.replace(styleElements, '')}`
}

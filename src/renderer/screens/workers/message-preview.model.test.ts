import { expect, it } from 'vitest'
import { previewDocument } from './message-preview.model.ts'

it('puts its policy before anything the message brings, and lets nothing be loaded', () => {
  const page = previewDocument(
    '<html><head><meta http-equiv="Content-Security-Policy" content="default-src *"></head>hello',
  )
  expect(page.indexOf("default-src 'none'")).toBeLessThan(page.indexOf('default-src *'))
  expect(page).toMatch(/^<!doctype html><meta http-equiv="Content-Security-Policy"/)
  expect(page).not.toMatch(/(img|font|connect|script)-src[^;"]*https?:/)
  expect(page.endsWith('hello')).toBe(true)
})

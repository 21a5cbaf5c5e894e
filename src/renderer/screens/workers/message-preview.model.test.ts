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

it('leaves out style elements, which the page refuses, and keeps style attributes', () => {
  const page = previewDocument(
    '<style>a {}</style><p style="color: red">one</p><STYLE media="x">\n@media (a > b) {}\n</style >two<style>rest',
  )
  expect(page).toMatch(/<base target="_blank"><p style="color: red">one<\/p>two$/)
})

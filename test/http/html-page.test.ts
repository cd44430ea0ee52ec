import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlPage } from '../../src/http/html-page.ts'

const page = (message: string) => htmlPage(429, 'Too Many Requests', message)

test('a page has a title, one heading and one paragraph', () => {
  const html = page('1 per 1 day')
  expect(html).toMatch(/^<!doctype html>\n<html lang=en>\n/)
  expect(html).toContain('<title>429 Too Many Requests</title>')
  expect(html.match(/<h1>.*?<\/h1>/gs)).toEqual(['<h1>Too Many Requests</h1>'])
  expect(html.match(/<p>.*?<\/p>/gs)).toEqual(['<p>1 per 1 day</p>'])
})

test('a page loads nothing and runs nothing', () => {
  expect(page('')).not.toMatch(/https?:|src=|href=|url\(|@import|<script|\son\w+=/)
})

test('line breaks of every kind become <br>', () => {
  expect(page('one\ntwo\r\nthree\rfour\n\nfive')).toContain('<p>one<br>two<br>three<br>four<br><br>five</p>')
})

test('markup in a message is text', () => {
  expect(page(`<script>"a" & 'b'</script>`)).toContain(
    '<p>&lt;script&gt;&#34;a&#34; &amp; &#39;b&#39;&lt;/script&gt;</p>',
  )
})

test('every message of one line can be read out of the page', () => {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&#34;': '"', '&#39;': "'" }
  const line = fc.string({ unit: fc.constantFrom(...`<>&"'/p#;3a `.split('')) })
  fc.assert(
    fc.property(line, (message) => {
      const paragraph = /<p>([^<>"']*)<\/p>/.exec(page(message))?.[1]
      expect(paragraph?.replace(/&[^;]*;/g, (entity) => entities[entity] ?? '?')).toBe(message)
    }),
  )
})

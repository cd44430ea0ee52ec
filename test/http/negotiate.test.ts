import { expect, test } from 'vitest'
import { negotiate } from '../../src/http/negotiate.ts'

test.each([
  [undefined, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/plain', 'text'],
  ['text/*', 'text'],
  ['image/png', 'text'],
  ['garbage', 'text'],
  [';;,,/;q=,', 'text'],
  ['text/html', 'html'],
  ['TEXT/HTML;charset=utf-8', 'html'],
  ['text/html, */*;q=0.1', 'html'],
  // Chrome, Firefox, Safari
  [
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
    'html',
  ],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
  ['application/json', 'problem'],
  ['application/problem+json', 'problem'],
  ['application/vnd.api+json', 'problem'],
  ['application/*', 'problem'],
  ['text/json', 'problem'],
  // axios, jQuery
  ['application/json, text/plain, */*', 'problem'],
  ['application/json, text/javascript, */*; q=0.01', 'problem'],
  // quality comes first, then the order of the client
  ['application/json;q=0.5, text/html', 'html'],
  ['application/json;q=0.9, text/html;q=0.8', 'problem'],
  ['text/html, application/json', 'html'],
  ['application/json, text/html', 'problem'],
  ['text/plain, application/json', 'text'],
  ['*/*;q=0.5, text/html;q=0.4', 'text'],
  ['*/*, application/json', 'text'],
  ['application/json; q=0.1, application/problem+json', 'problem'],
  ['text/html;q=0.5, application/json;q=0.1, application/problem+json;q=0.6', 'problem'],
  // what is not wanted is not sent where anything else will do
  ['text/html;q=0', 'text'],
  ['text/plain;q=0, */*', 'problem'],
  ['text/plain;q=0, application/json;q=0.0, */*', 'html'],
  ['text/html;q=0, text/*', 'text'],
  ['application/json;q=1.5, text/html', 'problem'],
  ['application/json;Q=0.2;ext=1, text/html;q=0.3', 'html'],
])('Accept: %s asks for %s', (accept, expected) => {
  expect(negotiate(accept)).toBe(expected)
})

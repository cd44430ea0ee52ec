import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Answer } from './answers.ts'

/** Every way in which a response of Node can be sent. */
export const NODE_ANSWERS: readonly Answer<(response: ServerResponse) => unknown>[] = [
  ['end', '', (response) => response.end()],
  ['end with a body', 'text', (response) => response.end('text')],
  ['end with a callback', 'text', (response) => response.end('text', () => undefined)],
  ['end with an encoding', 'text', (response) => response.end('74657874', 'hex')],
  ['end later', 'text', (response) => setImmediate(() => response.end('text'))],
  [
    'write and end',
    'one two',
    (response) => {
      response.write('one ')
      response.end('two')
    },
  ],
  [
    'write later',
    'one two',
    (response) => {
      response.write('one ')
      setImmediate(() => response.end('two'))
    },
  ],
  ['writeHead', 'text', (response) => response.writeHead(200, { 'X-Own': 'yes' }).end('text')],
  ['writeHead with a reason', 'text', (response) => response.writeHead(200, 'Fine', { 'X-Own': 'yes' }).end('text')],
  [
    'writeHead with a list',
    'text',
    (response) => response.writeHead(200, ['X-Own', 'yes'] as unknown as OutgoingHttpHeaders).end('text'),
  ],
  [
    'flushHeaders',
    'text',
    (response) => {
      response.flushHeaders()
      response.end('text')
    },
  ],
]

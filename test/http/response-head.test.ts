import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { HttpExchange } from '../../src/http/http-exchange.ts'
import { ResponseHead } from '../../src/http/response-head.ts'

/** A response that is told of by as many limiters as there are names. */
function response(...names: readonly string[]): ServerResponse {
  const watched = new ServerResponse(new IncomingMessage(new Socket()))
  for (const name of names) {
    const exchange = Object.assign(new HttpExchange<object, unknown>({}, 'GET'), { headers: () => [name, 'told'] })
    new ResponseHead(exchange, watched, watched, () => {}).expect()
  }
  return watched
}

test('headers are set when the head goes out, and not before', () => {
  const watched = response('X-One')
  expect(watched.getHeaders()).toEqual({})
  watched.writeHead(200)
  expect(watched.getHeaders()).toEqual({ 'x-one': 'told' })
})

test('a response that two limiters watch by themselves carries the headers of both', () => {
  const watched = response('X-One', 'X-Two')
  watched.writeHead(200)
  expect(watched.getHeaders()).toEqual({ 'x-one': 'told', 'x-two': 'told' })
})

test('all responses have the same function in place of their own, so that none is kept for longer than it lasts', () => {
  expect(response('X-One').writeHead).toBe(response('X-One').writeHead)
})

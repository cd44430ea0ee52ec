/** Starts a worker that limits an app in its own memory; prints the codes of the warnings that the worker gives. */
import cluster from 'node:cluster'
import express from 'express'
import { createLimiter, remoteAddress } from '../../../src/adapters/express/index.ts'

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', (codes: readonly string[]) => {
    console.log(codes.join(' '))
    worker.kill()
  })
} else {
  const codes: string[] = []
  const limiter = createLimiter({ key: remoteAddress, defaultLimits: ['1 per minute'], logger: {} })
  limiter.on('warning', ({ code }) => codes.push(code))
  limiter.init(express())
  process.send!(codes)
}

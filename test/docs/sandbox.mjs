/** Preloaded into every example of the docs: its server takes any free port, and does not keep the process alive. */
import { Server } from 'node:net'

const listen = /** @type {Function} */ (Reflect.get(Server.prototype, 'listen'))

/**
 * @this {Server}
 * @param {unknown[]} parameters
 */
function listenAnywhere(...parameters) {
  const callback = parameters.findLast((parameter) => typeof parameter === 'function')
  return listen.call(this, { port: 0, host: '127.0.0.1' }, callback).unref()
}

Reflect.set(Server.prototype, 'listen', listenAnywhere)

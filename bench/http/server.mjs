/** `server.mjs APP` serves one of the apps; sends its port, and on every message the CPU time that it has used so far, in µs. */
import { createServer } from 'node:http'
import { APPS } from './apps.mjs'

const app = await APPS[process.argv[2]].create()
const server = createServer(app)
// Connections wait while the other apps have their turn.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})

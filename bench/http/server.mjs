/**
 * `server.mjs FRAMEWORK APP` serves one of the apps; sends its port, and on the message `cpu` the CPU time that it has used so
 * far, in µs. On `collect` it goes through what a server meets sooner or later: full garbage collections while nothing is asked.
 * V8 forgets in them what it had learnt of objects of which none is alive then, such as those of `process.nextTick`, which is
 * slower for the rest of the process. A server that has not met them yet is 10 to 30 % faster, and whether it has by the time
 * that it is measured depends on how much it loaded.
 */
import { setTimeout as wait } from 'node:timers/promises'

const [framework, name] = process.argv.slice(2)
const { APPS } = await import(`./apps/${framework}.mjs`)
const server = await APPS[name].create()
// Connections wait while the other apps have their turn.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('message', async (message) => {
  if (message === 'collect') await collect()
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})

async function collect() {
  for (let time = 0; time < 6; time++) {
    globalThis.gc()
    await wait(20)
  }
}

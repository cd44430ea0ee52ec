/**
 * `server.mjs FRAMEWORK APP` serves one of the apps; sends its port, and on every message the CPU time that it has used so far,
 * in µs.
 */
const [framework, name] = process.argv.slice(2)
const { APPS } = await import(`./apps/${framework}.mjs`)
const server = await APPS[name].create()
// Connections wait while the other apps have their turn.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})

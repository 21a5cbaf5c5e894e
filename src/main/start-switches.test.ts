import { expect, test } from 'vitest'
import { refusedSwitch, wordsAfterSwitches } from './start-switches.ts'

const start = (...words: string[]) => refusedSwitch(['/opt/Sluice/sluice', ...words], 'linux')

test.each([
  ['--remote-debugging-port=9222'],
  ['--remote-debugging-port'],
  ['-remote-debugging-port=9222'],
  ['--remote-debugging-pipe'],
  ['--remote-allow-origins=*'],
  ['--inspect'],
  ['--inspect=0.0.0.0:9229'],
  ['--inspect-brk'],
  ['--inspect-brk-node'],
  ['--inspect-port=1'],
  ['--load-extension=/tmp/x'],
  ['--js-flags=--allow-natives-syntax'],
  ['--require=/tmp/x.js'],
  ['-r'],
  ['--gpu-launcher=/tmp/x'],
  ['--renderer-cmd-prefix=/tmp/x'],
  ['--utility-cmd-prefix=/tmp/x'],
  ['--disable-web-security'],
  ['--disable-site-isolation-trials'],
  ['--allow-file-access-from-files'],
  ['--disable-gpu-sandbox'],
  ['--disable-setuid-sandbox'],
  ['--user-data-dir=/tmp/x'],
  ['--host-rules=MAP * evil.example'],
  ['--proxy-server=evil.example'],
  ['--ssl-key-log-file=/tmp/x'],
  ['--enable-logging'],
  ['--app=/tmp/x'],
  ['--type=renderer'],
  ['--=x'],
  ['-'],
])('refuses %s', (word) => {
  expect(start(word)).toBe(word.split('=')[0])
  expect(start('--demo', word)).not.toBeNull()
})

test('takes its own switches, those of the desktop, and links', () => {
  expect(start()).toBeNull()
  expect(start('--demo', '--api', '--api-port=7000', '--no-sandbox', '--ozone-platform-hint=auto')).toBeNull()
  expect(start('--', 'sluice://open?profile=a1')).toBeNull()
  expect(start('--', '--remote-debugging-port=9222')).toBeNull() // a word, for Chromium too
  expect(start('a-file')).toBeNull()
})

test('each system has its own marks', () => {
  expect(refusedSwitch(['sluice.exe', '/remote-debugging-port=9222'], 'win32')).toBe('/remote-debugging-port')
  expect(refusedSwitch(['sluice.exe', '--Remote-Debugging-Port=9222'], 'win32')).toBe('--Remote-Debugging-Port')
  expect(refusedSwitch(['sluice.exe', '--DEMO'], 'win32')).toBeNull()
  expect(refusedSwitch(['sluice', '/opt/a-file'], 'linux')).toBeNull()
  expect(refusedSwitch(['Sluice', '-psn_0_123', '-NSDocumentRevisionsDebugMode', 'YES'], 'darwin')).toBeNull()
  expect(refusedSwitch(['sluice', '-psn_0_123'], 'linux')).toBe('-psn_0_123')
})

test('a link is what stands after the switches, and nothing before', () => {
  expect(wordsAfterSwitches(['sluice', 'sluice://open?profile=a'])).toEqual([])
  expect(wordsAfterSwitches(['sluice', '--demo', '--', 'sluice://open?profile=a'])).toEqual(['sluice://open?profile=a'])
})

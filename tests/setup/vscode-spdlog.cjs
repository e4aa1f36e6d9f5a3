// Stands in for the native module by which VS Code writes log files: without it output channels are empty. Each message is a
// line, at once.
const fs = require('fs');
const path = require('path');

class Logger {
  constructor(file) {
    this.file = file;
    this.isPlain = false;
  }
  write(level, message) {
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    fs.appendFileSync(this.file, this.isPlain ? message : `${time} [${level}] ${message}\n`);
  }
  trace(message) { this.write('trace', message); }
  debug(message) { this.write('debug', message); }
  info(message) { this.write('info', message); }
  warn(message) { this.write('warning', message); }
  error(message) { this.write('error', message); }
  critical(message) { this.write('critical', message); }
  clearFormatters() { this.isPlain = true; }
  getLevel() { return 0; }
  setLevel() {}
  setPattern() {}
  flush() {}
  drop() {}
}

async function createAsyncRotatingLogger(_name, file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return new Logger(file);
}

exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = createAsyncRotatingLogger;
exports.createAsyncRotatingLogger = createAsyncRotatingLogger;

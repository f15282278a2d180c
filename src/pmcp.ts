import { main } from './main.ts';

// The one exit: everything else returns or throws. stdout may be a pipe that still drains.
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

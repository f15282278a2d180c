import { main } from './main.ts';

// A reader that closes the pipe (`pmcp trades list | head`) ends the output, not the program.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// The one exit: everything else returns or throws. stdout may be a pipe that still drains.
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'replay', summary: 'not built yet' });

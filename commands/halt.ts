import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'halt', summary: 'not built yet' });

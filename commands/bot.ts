import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'bot', summary: 'not built yet' });

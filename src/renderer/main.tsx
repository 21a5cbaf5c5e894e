import './theme.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { connectToEngine } from './api/client.ts'
import { App } from './app/app.tsx'
import { applyThemePreference } from './state/preferences.ts'

applyThemePreference(document.documentElement)
connectToEngine()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

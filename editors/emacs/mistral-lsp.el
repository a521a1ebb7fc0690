;;; mistral-lsp.el --- mistral-lsp in Emacs 30, by its own Eglot -*- lexical-binding: t -*-

;; (load "/path/to/mistral-lsp/editors/emacs/mistral-lsp.el"), then M-x eglot in a file.
;; Eglot has one server for a buffer: this takes the place of the language's own there.

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '(prog-mode . ("mistral-lsp" :initializationOptions
                              ( :completion (:in_menu t)      ; Eglot has no inline completion
                                :diagnostics (:syntax t)))))) ; and no other server's diagnostics

(provide 'mistral-lsp)
;;; mistral-lsp.el ends here

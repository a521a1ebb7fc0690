;;; mistral-lsp.el --- mistral-lsp in Emacs 30, by Eglot or by lsp-mode -*- lexical-binding: t -*-

;; (load "/path/to/mistral-lsp/editors/emacs/mistral-lsp.el"), then M-x eglot or M-x lsp in a file.

;; Eglot has one server for a buffer: this takes the place of the language's own there.
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '(prog-mode . ("mistral-lsp" :initializationOptions
                              ( :completion (:in_menu t)      ; Eglot has no inline completion
                                :diagnostics (:syntax t)))))) ; and no other server's diagnostics

;; lsp-mode runs this beside the language's own. Version 10 has ghost text, which TAB takes; C-n and C-p show another
;; one, C-g dismisses it. Older versions have it in the completion menu.
(with-eval-after-load 'lsp-mode
  (let ((is-ghostly (require 'lsp-inline-completion nil t)))
    (lsp-register-client
     (make-lsp-client :server-id 'mistral-lsp
                      :new-connection (lsp-stdio-connection '("mistral-lsp"))
                      :activation-fn (lambda (&rest _) (derived-mode-p 'prog-mode))
                      :add-on? t
                      :initialization-options (lambda () (unless is-ghostly '(:completion (:in_menu t))))))
    (when is-ghostly
      (setq lsp-inline-completion-idle-delay 0.2) ; seconds without a key; lsp-mode's own are 2
      (define-key lsp-inline-completion-active-map (kbd "TAB") #'lsp-inline-completion-accept))))

(provide 'mistral-lsp)
;;; mistral-lsp.el ends here

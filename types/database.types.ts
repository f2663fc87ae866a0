// Made by `cargo xtask types` from the database: change sql/, not this file.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  public: {
    Tables: {
      audit_logs: {
        Row: {
          action: string
          actor_id: string | null
          created_at: string
          id: string
          ip_address: unknown
          new_values: Json | null
          old_values: Json | null
          request_id: string | null
          row_id: string
          table_name: string
        }
        ComputedFields: never
        Insert: {
          action: string
          actor_id?: string | null
          created_at?: string
          id?: string
          ip_address?: unknown
          new_values?: Json | null
          old_values?: Json | null
          request_id?: string | null
          row_id: string
          table_name: string
        }
        Update: {
          action?: string
          actor_id?: string | null
          created_at?: string
          id?: string
          ip_address?: unknown
          new_values?: Json | null
          old_values?: Json | null
          request_id?: string | null
          row_id?: string
          table_name?: string
        }
        Relationships: []
      }
      cart_items: {
        Row: {
          created_at: string
          id: string
          product_id: string
          quantity: number
          updated_at: string
          user_id: string
          was_on_show: boolean
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          id?: string
          product_id: string
          quantity: number
          updated_at?: string
          user_id?: string
          was_on_show?: boolean
        }
        Update: {
          created_at?: string
          id?: string
          product_id?: string
          quantity?: number
          updated_at?: string
          user_id?: string
          was_on_show?: boolean
        }
        Relationships: [
          {
            foreignKeyName: 'cart_items_product_id_fkey'
            columns: ['product_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      categories: {
        Row: {
          created_at: string
          description: string | null
          id: string
          image_url: string | null
          is_active: boolean
          name: string
          parent_id: string | null
          slug: string
          sort_order: number
          translations: NonNullable<Json>
          updated_at: string
          localised_description: string | null
          localised_name: string | null
        }
        ComputedFields: 'localised_description' | 'localised_name'
        Insert: {
          created_at?: string
          description?: string | null
          id?: string
          image_url?: string | null
          is_active?: boolean
          name: string
          parent_id?: string | null
          slug: string
          sort_order?: number
          translations?: NonNullable<Json>
          updated_at?: string
        }
        Update: {
          created_at?: string
          description?: string | null
          id?: string
          image_url?: string | null
          is_active?: boolean
          name?: string
          parent_id?: string | null
          slug?: string
          sort_order?: number
          translations?: NonNullable<Json>
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'categories_parent_id_fkey'
            columns: ['parent_id']
            isOneToOne: false
            referencedRelation: 'categories'
            referencedColumns: ['id']
          },
        ]
      }
      category_attributes: {
        Row: {
          allowed_values: string[] | null
          category_id: string
          created_at: string
          filterable: boolean
          id: string
          key: string
          label: string
          required: boolean
          type: string
          unit: string | null
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          allowed_values?: string[] | null
          category_id: string
          created_at?: string
          filterable?: boolean
          id?: string
          key: string
          label: string
          required?: boolean
          type: string
          unit?: string | null
          updated_at?: string
        }
        Update: {
          allowed_values?: string[] | null
          category_id?: string
          created_at?: string
          filterable?: boolean
          id?: string
          key?: string
          label?: string
          required?: boolean
          type?: string
          unit?: string | null
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'category_attributes_category_id_fkey'
            columns: ['category_id']
            isOneToOne: false
            referencedRelation: 'categories'
            referencedColumns: ['id']
          },
        ]
      }
      coupon_usage: {
        Row: {
          coupon_id: string
          created_at: string
          discount_amount: number
          email: string | null
          id: string
          order_id: string
          user_id: string | null
        }
        ComputedFields: never
        Insert: {
          coupon_id: string
          created_at?: string
          discount_amount: number
          email?: string | null
          id?: string
          order_id: string
          user_id?: string | null
        }
        Update: {
          coupon_id?: string
          created_at?: string
          discount_amount?: number
          email?: string | null
          id?: string
          order_id?: string
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'coupon_usage_coupon_id_fkey'
            columns: ['coupon_id']
            isOneToOne: false
            referencedRelation: 'coupons'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'coupon_usage_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
        ]
      }
      coupons: {
        Row: {
          code: string
          created_at: string
          description: string | null
          discount_type: string
          discount_value: number
          expires_at: string | null
          id: string
          is_active: boolean
          max_discount_amount: number | null
          min_order_amount: number | null
          starts_at: string | null
          updated_at: string
          usage_count: number
          usage_limit: number | null
          usage_limit_per_user: number | null
        }
        ComputedFields: never
        Insert: {
          code: string
          created_at?: string
          description?: string | null
          discount_type: string
          discount_value: number
          expires_at?: string | null
          id?: string
          is_active?: boolean
          max_discount_amount?: number | null
          min_order_amount?: number | null
          starts_at?: string | null
          updated_at?: string
          usage_count?: number
          usage_limit?: number | null
          usage_limit_per_user?: number | null
        }
        Update: {
          code?: string
          created_at?: string
          description?: string | null
          discount_type?: string
          discount_value?: number
          expires_at?: string | null
          id?: string
          is_active?: boolean
          max_discount_amount?: number | null
          min_order_amount?: number | null
          starts_at?: string | null
          updated_at?: string
          usage_count?: number
          usage_limit?: number | null
          usage_limit_per_user?: number | null
        }
        Relationships: []
      }
      inventory: {
        Row: {
          created_at: string
          low_stock_threshold: number
          product_id: string
          reserved_stock: number
          stock: number
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          low_stock_threshold?: number
          product_id: string
          reserved_stock?: number
          stock?: number
          updated_at?: string
        }
        Update: {
          created_at?: string
          low_stock_threshold?: number
          product_id?: string
          reserved_stock?: number
          stock?: number
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'inventory_product_id_fkey'
            columns: ['product_id']
            isOneToOne: true
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      job_runs: {
        Row: {
          details: Json | null
          error: string | null
          finished_at: string | null
          id: string
          job: string
          started_at: string
          status: string
        }
        ComputedFields: never
        Insert: {
          details?: Json | null
          error?: string | null
          finished_at?: string | null
          id?: string
          job: string
          started_at?: string
          status?: string
        }
        Update: {
          details?: Json | null
          error?: string | null
          finished_at?: string | null
          id?: string
          job?: string
          started_at?: string
          status?: string
        }
        Relationships: []
      }
      order_items: {
        Row: {
          category_id: string | null
          created_at: string
          discount_amount: number
          id: string
          line_total: number
          name: string
          options: Json | null
          order_id: string
          product_id: string
          quantity: number
          sku: string
          tax_amount: number
          tax_rate: number
          unit_price: number
        }
        ComputedFields: never
        Insert: {
          category_id?: string | null
          created_at?: string
          discount_amount?: number
          id?: string
          line_total: number
          name: string
          options?: Json | null
          order_id: string
          product_id: string
          quantity: number
          sku: string
          tax_amount: number
          tax_rate: number
          unit_price: number
        }
        Update: {
          category_id?: string | null
          created_at?: string
          discount_amount?: number
          id?: string
          line_total?: number
          name?: string
          options?: Json | null
          order_id?: string
          product_id?: string
          quantity?: number
          sku?: string
          tax_amount?: number
          tax_rate?: number
          unit_price?: number
        }
        Relationships: [
          {
            foreignKeyName: 'order_items_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'order_items_product_id_fkey'
            columns: ['product_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      order_notes: {
        Row: {
          author_id: string | null
          created_at: string
          id: string
          note: string
          order_id: string
        }
        ComputedFields: never
        Insert: {
          author_id?: string | null
          created_at?: string
          id?: string
          note: string
          order_id: string
        }
        Update: {
          author_id?: string | null
          created_at?: string
          id?: string
          note?: string
          order_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'order_notes_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
        ]
      }
      order_origins: {
        Row: {
          created_at: string
          guest_access_until: string | null
          ip_address: unknown
          order_id: string
          user_agent: string | null
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          guest_access_until?: string | null
          ip_address?: unknown
          order_id: string
          user_agent?: string | null
        }
        Update: {
          created_at?: string
          guest_access_until?: string | null
          ip_address?: unknown
          order_id?: string
          user_agent?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'order_origins_order_id_fkey'
            columns: ['order_id']
            isOneToOne: true
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
        ]
      }
      order_status_history: {
        Row: {
          actor: string
          created_at: string
          id: string
          notes: string | null
          order_id: string
          status: string
        }
        ComputedFields: never
        Insert: {
          actor: string
          created_at?: string
          id?: string
          notes?: string | null
          order_id: string
          status: string
        }
        Update: {
          actor?: string
          created_at?: string
          id?: string
          notes?: string | null
          order_id?: string
          status?: string
        }
        Relationships: [
          {
            foreignKeyName: 'order_status_history_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
        ]
      }
      orders: {
        Row: {
          billing_address: Json | null
          cancelled_at: string | null
          carrier: string | null
          confirmed_at: string | null
          coupon_id: string | null
          created_at: string
          currency: string
          delivered_at: string | null
          discount_amount: number
          guest_email: string | null
          guest_phone: string | null
          id: string
          language: string
          notes: string | null
          order_number: string
          payment_intent_id: string | null
          payment_method: string
          payment_status: string
          placed_at: string
          refunded_amount: number
          reservation_expires_at: string | null
          shipped_at: string | null
          shipping_address: NonNullable<Json>
          shipping_cost: number
          shipping_method_id: string | null
          status: string
          subtotal: number
          tax_amount: number
          total: number
          tracking_number: string | null
          tracking_url: string | null
          updated_at: string
          user_id: string | null
        }
        ComputedFields: never
        Insert: {
          billing_address?: Json | null
          cancelled_at?: string | null
          carrier?: string | null
          confirmed_at?: string | null
          coupon_id?: string | null
          created_at?: string
          currency: string
          delivered_at?: string | null
          discount_amount?: number
          guest_email?: string | null
          guest_phone?: string | null
          id?: string
          language?: string
          notes?: string | null
          order_number: string
          payment_intent_id?: string | null
          payment_method: string
          payment_status?: string
          placed_at?: string
          refunded_amount?: number
          reservation_expires_at?: string | null
          shipped_at?: string | null
          shipping_address: NonNullable<Json>
          shipping_cost?: number
          shipping_method_id?: string | null
          status?: string
          subtotal: number
          tax_amount?: number
          total: number
          tracking_number?: string | null
          tracking_url?: string | null
          updated_at?: string
          user_id?: string | null
        }
        Update: {
          billing_address?: Json | null
          cancelled_at?: string | null
          carrier?: string | null
          confirmed_at?: string | null
          coupon_id?: string | null
          created_at?: string
          currency?: string
          delivered_at?: string | null
          discount_amount?: number
          guest_email?: string | null
          guest_phone?: string | null
          id?: string
          language?: string
          notes?: string | null
          order_number?: string
          payment_intent_id?: string | null
          payment_method?: string
          payment_status?: string
          placed_at?: string
          refunded_amount?: number
          reservation_expires_at?: string | null
          shipped_at?: string | null
          shipping_address?: NonNullable<Json>
          shipping_cost?: number
          shipping_method_id?: string | null
          status?: string
          subtotal?: number
          tax_amount?: number
          total?: number
          tracking_number?: string | null
          tracking_url?: string | null
          updated_at?: string
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'orders_coupon_id_fkey'
            columns: ['coupon_id']
            isOneToOne: false
            referencedRelation: 'coupons'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'orders_shipping_method_id_fkey'
            columns: ['shipping_method_id']
            isOneToOne: false
            referencedRelation: 'shipping_methods'
            referencedColumns: ['id']
          },
        ]
      }
      payment_events: {
        Row: {
          content_digest: string | null
          created_at: string
          event_id: string
          event_type: string
          id: string
          order_id: string | null
          payload: NonNullable<Json>
          payment_id: string | null
          processed_at: string | null
          provider: string
          reported: number | null
          reported_currency: string | null
          result: string | null
        }
        ComputedFields: never
        Insert: {
          content_digest?: string | null
          created_at?: string
          event_id: string
          event_type: string
          id?: string
          order_id?: string | null
          payload: NonNullable<Json>
          payment_id?: string | null
          processed_at?: string | null
          provider: string
          reported?: number | null
          reported_currency?: string | null
          result?: string | null
        }
        Update: {
          content_digest?: string | null
          created_at?: string
          event_id?: string
          event_type?: string
          id?: string
          order_id?: string | null
          payload?: NonNullable<Json>
          payment_id?: string | null
          processed_at?: string | null
          provider?: string
          reported?: number | null
          reported_currency?: string | null
          result?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'payment_events_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'payment_events_payment_id_fkey'
            columns: ['payment_id']
            isOneToOne: false
            referencedRelation: 'payments'
            referencedColumns: ['id']
          },
        ]
      }
      payments: {
        Row: {
          amount: number
          created_at: string
          currency: string
          expires_at: string | null
          held_until: string | null
          id: string
          order_id: string
          paid_at: string | null
          provider: string
          provider_reference: string | null
          refund_due_at: string | null
          refund_due_reason: string | null
          refunded_amount: number
          status: string
          updated_at: string
          url: string | null
        }
        ComputedFields: never
        Insert: {
          amount: number
          created_at?: string
          currency: string
          expires_at?: string | null
          held_until?: string | null
          id?: string
          order_id: string
          paid_at?: string | null
          provider: string
          provider_reference?: string | null
          refund_due_at?: string | null
          refund_due_reason?: string | null
          refunded_amount?: number
          status?: string
          updated_at?: string
          url?: string | null
        }
        Update: {
          amount?: number
          created_at?: string
          currency?: string
          expires_at?: string | null
          held_until?: string | null
          id?: string
          order_id?: string
          paid_at?: string | null
          provider?: string
          provider_reference?: string | null
          refund_due_at?: string | null
          refund_due_reason?: string | null
          refunded_amount?: number
          status?: string
          updated_at?: string
          url?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'payments_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
        ]
      }
      price_history: {
        Row: {
          changed_at: string
          changed_by: string | null
          compare_at_price: number | null
          id: number
          price: number
          product_id: string
        }
        ComputedFields: never
        Insert: {
          changed_at?: string
          changed_by?: string | null
          compare_at_price?: number | null
          id?: never
          price: number
          product_id: string
        }
        Update: {
          changed_at?: string
          changed_by?: string | null
          compare_at_price?: number | null
          id?: never
          price?: number
          product_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'price_history_product_id_fkey'
            columns: ['product_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      product_costs: {
        Row: {
          cost_price: number
          created_at: string
          product_id: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          cost_price: number
          created_at?: string
          product_id: string
          updated_at?: string
        }
        Update: {
          cost_price?: number
          created_at?: string
          product_id?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'product_costs_product_id_fkey'
            columns: ['product_id']
            isOneToOne: true
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      product_images: {
        Row: {
          alt: string | null
          created_at: string
          height: number | null
          id: string
          is_on_show: boolean
          is_primary: boolean
          product_id: string
          sort_order: number
          storage_path: string | null
          updated_at: string
          url: string
          variants: NonNullable<Json>
          width: number | null
        }
        ComputedFields: never
        Insert: {
          alt?: string | null
          created_at?: string
          height?: number | null
          id?: string
          is_on_show?: boolean
          is_primary?: boolean
          product_id: string
          sort_order?: number
          storage_path?: string | null
          updated_at?: string
          url: string
          variants?: NonNullable<Json>
          width?: number | null
        }
        Update: {
          alt?: string | null
          created_at?: string
          height?: number | null
          id?: string
          is_on_show?: boolean
          is_primary?: boolean
          product_id?: string
          sort_order?: number
          storage_path?: string | null
          updated_at?: string
          url?: string
          variants?: NonNullable<Json>
          width?: number | null
        }
        Relationships: [
          {
            foreignKeyName: 'product_images_product_id_fkey'
            columns: ['product_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      products: {
        Row: {
          brand: string | null
          category_id: string | null
          compare_at_price: number | null
          created_at: string
          currency: string
          deleted_at: string | null
          description: string | null
          id: string
          is_active: boolean
          is_featured: boolean
          is_parent_on_show: boolean
          meta_description: string | null
          meta_title: string | null
          name: string
          options: Json | null
          parent_id: string | null
          price: number
          short_description: string | null
          sku: string
          slug: string
          specifications: NonNullable<Json>
          tax_rate: number
          translations: NonNullable<Json>
          updated_at: string
          weight: number | null
          available_stock: number | null
          in_stock: boolean | null
          localised_description: string | null
          localised_meta_description: string | null
          localised_meta_title: string | null
          localised_name: string | null
          localised_short_description: string | null
          lowest_price_30d: number | null
        }
        ComputedFields:
          | 'available_stock'
          | 'in_stock'
          | 'localised_description'
          | 'localised_meta_description'
          | 'localised_meta_title'
          | 'localised_name'
          | 'localised_short_description'
          | 'lowest_price_30d'
        Insert: {
          brand?: string | null
          category_id?: string | null
          compare_at_price?: number | null
          created_at?: string
          currency?: string
          deleted_at?: string | null
          description?: string | null
          id?: string
          is_active?: boolean
          is_featured?: boolean
          is_parent_on_show?: boolean
          meta_description?: string | null
          meta_title?: string | null
          name: string
          options?: Json | null
          parent_id?: string | null
          price: number
          short_description?: string | null
          sku: string
          slug: string
          specifications?: NonNullable<Json>
          tax_rate?: number
          translations?: NonNullable<Json>
          updated_at?: string
          weight?: number | null
        }
        Update: {
          brand?: string | null
          category_id?: string | null
          compare_at_price?: number | null
          created_at?: string
          currency?: string
          deleted_at?: string | null
          description?: string | null
          id?: string
          is_active?: boolean
          is_featured?: boolean
          is_parent_on_show?: boolean
          meta_description?: string | null
          meta_title?: string | null
          name?: string
          options?: Json | null
          parent_id?: string | null
          price?: number
          short_description?: string | null
          sku?: string
          slug?: string
          specifications?: NonNullable<Json>
          tax_rate?: number
          translations?: NonNullable<Json>
          updated_at?: string
          weight?: number | null
        }
        Relationships: [
          {
            foreignKeyName: 'products_category_id_fkey'
            columns: ['category_id']
            isOneToOne: false
            referencedRelation: 'categories'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'products_parent_id_fkey'
            columns: ['parent_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      refunds: {
        Row: {
          amount: number
          created_at: string
          created_by: string | null
          disputed: boolean
          error: string | null
          id: string
          order_id: string
          payment_id: string
          provider: string
          provider_reference: string | null
          reason: string | null
          restock: boolean
          settled_at: string | null
          status: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          amount: number
          created_at?: string
          created_by?: string | null
          disputed?: boolean
          error?: string | null
          id?: string
          order_id: string
          payment_id: string
          provider: string
          provider_reference?: string | null
          reason?: string | null
          restock?: boolean
          settled_at?: string | null
          status?: string
          updated_at?: string
        }
        Update: {
          amount?: number
          created_at?: string
          created_by?: string | null
          disputed?: boolean
          error?: string | null
          id?: string
          order_id?: string
          payment_id?: string
          provider?: string
          provider_reference?: string | null
          reason?: string | null
          restock?: boolean
          settled_at?: string | null
          status?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'refunds_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'refunds_payment_id_fkey'
            columns: ['payment_id']
            isOneToOne: false
            referencedRelation: 'payments'
            referencedColumns: ['id']
          },
        ]
      }
      security_logs: {
        Row: {
          created_at: string
          endpoint: string | null
          event_type: string
          id: string
          ip_address: unknown
          request_data: Json | null
          request_id: string | null
          severity: string
          user_agent: string | null
          user_id: string | null
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          endpoint?: string | null
          event_type: string
          id?: string
          ip_address?: unknown
          request_data?: Json | null
          request_id?: string | null
          severity?: string
          user_agent?: string | null
          user_id?: string | null
        }
        Update: {
          created_at?: string
          endpoint?: string | null
          event_type?: string
          id?: string
          ip_address?: unknown
          request_data?: Json | null
          request_id?: string | null
          severity?: string
          user_agent?: string | null
          user_id?: string | null
        }
        Relationships: []
      }
      shipping_methods: {
        Row: {
          created_at: string
          description: string | null
          estimated_days_max: number | null
          estimated_days_min: number | null
          free_from: number | null
          id: string
          is_active: boolean
          name: string
          price: number
          sort_order: number
          updated_at: string
          zones: string[]
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          description?: string | null
          estimated_days_max?: number | null
          estimated_days_min?: number | null
          free_from?: number | null
          id?: string
          is_active?: boolean
          name: string
          price: number
          sort_order?: number
          updated_at?: string
          zones?: string[]
        }
        Update: {
          created_at?: string
          description?: string | null
          estimated_days_max?: number | null
          estimated_days_min?: number | null
          free_from?: number | null
          id?: string
          is_active?: boolean
          name?: string
          price?: number
          sort_order?: number
          updated_at?: string
          zones?: string[]
        }
        Relationships: []
      }
      stock_movements: {
        Row: {
          actor_id: string | null
          created_at: string
          id: number
          kind: string
          order_id: string | null
          product_id: string
          quantity: number
          reason: string | null
        }
        ComputedFields: never
        Insert: {
          actor_id?: string | null
          created_at?: string
          id?: never
          kind: string
          order_id?: string | null
          product_id: string
          quantity: number
          reason?: string | null
        }
        Update: {
          actor_id?: string | null
          created_at?: string
          id?: never
          kind?: string
          order_id?: string | null
          product_id?: string
          quantity?: number
          reason?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'stock_movements_order_id_fkey'
            columns: ['order_id']
            isOneToOne: false
            referencedRelation: 'orders'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'stock_movements_product_id_fkey'
            columns: ['product_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
      stock_reservations: {
        Row: {
          created_at: string
          expires_at: string
          order_id: string
          product_id: string
          quantity: number
          status: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          expires_at: string
          order_id: string
          product_id: string
          quantity: number
          status?: string
          updated_at?: string
        }
        Update: {
          created_at?: string
          expires_at?: string
          order_id?: string
          product_id?: string
          quantity?: number
          status?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'stock_reservations_line_fkey'
            columns: ['order_id', 'product_id']
            isOneToOne: true
            referencedRelation: 'order_items'
            referencedColumns: ['order_id', 'product_id']
          },
        ]
      }
      system_settings: {
        Row: {
          description: string | null
          key: string
          updated_at: string
          updated_by: string | null
          value: NonNullable<Json>
        }
        ComputedFields: never
        Insert: {
          description?: string | null
          key: string
          updated_at?: string
          updated_by?: string | null
          value: NonNullable<Json>
        }
        Update: {
          description?: string | null
          key?: string
          updated_at?: string
          updated_by?: string | null
          value?: NonNullable<Json>
        }
        Relationships: []
      }
      user_addresses: {
        Row: {
          city: string
          country: string
          created_at: string
          full_name: string
          id: string
          is_default_billing: boolean
          is_default_shipping: boolean
          label: string | null
          line1: string
          line2: string | null
          phone: string | null
          postal_code: string | null
          region: string | null
          updated_at: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          city: string
          country?: string
          created_at?: string
          full_name: string
          id?: string
          is_default_billing?: boolean
          is_default_shipping?: boolean
          label?: string | null
          line1: string
          line2?: string | null
          phone?: string | null
          postal_code?: string | null
          region?: string | null
          updated_at?: string
          user_id?: string
        }
        Update: {
          city?: string
          country?: string
          created_at?: string
          full_name?: string
          id?: string
          is_default_billing?: boolean
          is_default_shipping?: boolean
          label?: string | null
          line1?: string
          line2?: string | null
          phone?: string | null
          postal_code?: string | null
          region?: string | null
          updated_at?: string
          user_id?: string
        }
        Relationships: []
      }
      user_profiles: {
        Row: {
          created_at: string
          id: string
          name: string | null
          phone: string | null
          role: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          id: string
          name?: string | null
          phone?: string | null
          role?: string
          updated_at?: string
        }
        Update: {
          created_at?: string
          id?: string
          name?: string | null
          phone?: string | null
          role?: string
          updated_at?: string
        }
        Relationships: []
      }
      wishlists: {
        Row: {
          created_at: string
          id: string
          product_id: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          id?: string
          product_id: string
          user_id?: string
        }
        Update: {
          created_at?: string
          id?: string
          product_id?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'wishlists_product_id_fkey'
            columns: ['product_id']
            isOneToOne: false
            referencedRelation: 'products'
            referencedColumns: ['id']
          },
        ]
      }
    }
    Views: {
      store_settings: {
        Row: {
          key: string | null
          value: Json | null
        }
        ComputedFields: never
        Relationships: []
      }
    }
    Functions: {
      add_to_cart: { Args: { product_id: string; quantity?: number }; Returns: Json }
      admin_adjust_stock: { Args: { product_id: string; quantity: number; reason?: string }; Returns: Json }
      admin_set_user_role: {
        Args: { role: string; user_id: string }
        Returns: {
          created_at: string
          id: string
          name: string | null
          phone: string | null
          role: string
          updated_at: string
        }
        SetofOptions: {
          from: '*'
          to: 'user_profiles'
          isOneToOne: true
          isSetofReturn: false
        }
      }
      admin_update_settings: { Args: { changes: Json; confirm?: boolean }; Returns: Json }
      announce_payment_methods: { Args: { methods: string[] }; Returns: undefined }
      announce_uploads: { Args: { paths: string[] }; Returns: undefined }
      available_stock: {
        Args: {
          product: Omit<
            Database['public']['Tables']['products']['Row'],
            Database['public']['Tables']['products']['ComputedFields']
          >
        }
        Returns: number
      }
      cancel_guest_order: { Args: { guest_token: string; order_number: string; reason?: string }; Returns: Json }
      cancel_order: { Args: { order_id: string; reason?: string }; Returns: Json }
      category_tree: { Args: Record<PropertyKey, never>; Returns: Json }
      claim_guest_orders: { Args: Record<PropertyKey, never>; Returns: number }
      claim_messages: {
        Args: { max_messages: number; worker: string }
        Returns: {
          attempts: number
          channel: string
          created_at: string
          id: number
          language: string
          lease_until: string
          order_id: string
          payload: Json
          receiver: string
          topic: string
        }[]
      }
      claim_storage_removals: {
        Args: { max_paths?: number }
        Returns: {
          path: string
        }[]
      }
      clear_cart: { Args: Record<PropertyKey, never>; Returns: Json }
      complete_message: { Args: { id: number }; Returns: boolean }
      confirm_storage_removals: { Args: { paths: string[] }; Returns: number }
      edge_configuration: { Args: Record<PropertyKey, never>; Returns: Json }
      fail_message: { Args: { error: string; id: number; permanent?: boolean; worker: string }; Returns: boolean }
      finish_job: { Args: { details?: Json; error?: string; run_id: string; status: string }; Returns: boolean }
      get_cart: { Args: Record<PropertyKey, never>; Returns: Json }
      guest_order: { Args: { guest_token: string; order_number: string }; Returns: Json }
      in_stock: {
        Args: {
          product: Omit<
            Database['public']['Tables']['products']['Row'],
            Database['public']['Tables']['products']['ComputedFields']
          >
        }
        Returns: boolean
      }
      localised_description:
        | {
            Args: {
              category: Omit<
                Database['public']['Tables']['categories']['Row'],
                Database['public']['Tables']['categories']['ComputedFields']
              >
            }
            Returns: string
          }
        | {
            Args: {
              product: Omit<
                Database['public']['Tables']['products']['Row'],
                Database['public']['Tables']['products']['ComputedFields']
              >
            }
            Returns: string
          }
      localised_meta_description: {
        Args: {
          product: Omit<
            Database['public']['Tables']['products']['Row'],
            Database['public']['Tables']['products']['ComputedFields']
          >
        }
        Returns: string
      }
      localised_meta_title: {
        Args: {
          product: Omit<
            Database['public']['Tables']['products']['Row'],
            Database['public']['Tables']['products']['ComputedFields']
          >
        }
        Returns: string
      }
      localised_name:
        | {
            Args: {
              category: Omit<
                Database['public']['Tables']['categories']['Row'],
                Database['public']['Tables']['categories']['ComputedFields']
              >
            }
            Returns: string
          }
        | {
            Args: {
              product: Omit<
                Database['public']['Tables']['products']['Row'],
                Database['public']['Tables']['products']['ComputedFields']
              >
            }
            Returns: string
          }
      localised_short_description: {
        Args: {
          product: Omit<
            Database['public']['Tables']['products']['Row'],
            Database['public']['Tables']['products']['ComputedFields']
          >
        }
        Returns: string
      }
      lowest_price_30d: {
        Args: {
          product: Omit<
            Database['public']['Tables']['products']['Row'],
            Database['public']['Tables']['products']['ComputedFields']
          >
        }
        Returns: number
      }
      me: { Args: Record<PropertyKey, never>; Returns: Json }
      payment_link_target: { Args: { payment_id: string }; Returns: Json }
      place_order: {
        Args: {
          billing_address?: Json
          coupon_code?: string
          guest_email?: string
          guest_phone?: string
          idempotency_key?: string
          items?: Json
          notes?: string
          payment_method: string
          shipping_address: Json
          shipping_method_id: string
        }
        Returns: Json
      }
      product_facets: {
        Args: {
          brand?: string
          category_slug?: string
          in_stock?: boolean
          max_price?: number
          min_price?: number
          q?: string
          specifications?: Json
        }
        Returns: Json
      }
      record_payment_event: {
        Args: {
          amount?: number
          currency?: string
          event_id: string
          event_type: string
          order_id?: string
          order_number?: string
          outcome: string
          payload: Json
          provider: string
          provider_reference?: string
        }
        Returns: Json
      }
      record_refund_event: {
        Args: {
          amount?: number
          currency?: string
          error?: string
          event_id: string
          event_type: string
          outcome: string
          payload: Json
          provider: string
          provider_reference: string
          reason?: string
          refund_id?: string
          refund_reference: string
        }
        Returns: Json
      }
      record_refusals: { Args: { events: Json }; Returns: number }
      register_job: { Args: { job: string; next_at?: string; schedule: string }; Returns: undefined }
      related_products: {
        Args: { max_results?: number; product_id: string }
        Returns: {
          brand: string | null
          category_id: string | null
          compare_at_price: number | null
          created_at: string
          currency: string
          deleted_at: string | null
          description: string | null
          id: string
          is_active: boolean
          is_featured: boolean
          is_parent_on_show: boolean
          meta_description: string | null
          meta_title: string | null
          name: string
          options: Json | null
          parent_id: string | null
          price: number
          short_description: string | null
          sku: string
          slug: string
          specifications: NonNullable<Json>
          tax_rate: number
          translations: NonNullable<Json>
          updated_at: string
          weight: number | null
        }[]
        SetofOptions: {
          from: '*'
          to: 'products'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      renew_job: { Args: { run_id: string }; Returns: boolean }
      renew_message: { Args: { id: number; worker: string }; Returns: boolean }
      require_admin: { Args: Record<PropertyKey, never>; Returns: undefined }
      search_products: {
        Args: {
          brand?: string
          category_slug?: string
          in_stock?: boolean
          max_price?: number
          min_price?: number
          page?: number
          page_size?: number
          q?: string
          sort?: string
          specifications?: Json
        }
        Returns: {
          brand: string | null
          category_id: string | null
          compare_at_price: number | null
          created_at: string
          currency: string
          deleted_at: string | null
          description: string | null
          id: string
          is_active: boolean
          is_featured: boolean
          is_parent_on_show: boolean
          meta_description: string | null
          meta_title: string | null
          name: string
          options: Json | null
          parent_id: string | null
          price: number
          short_description: string | null
          sku: string
          slug: string
          specifications: NonNullable<Json>
          tax_rate: number
          translations: NonNullable<Json>
          updated_at: string
          weight: number | null
        }[]
        SetofOptions: {
          from: '*'
          to: 'products'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      set_cart_item: { Args: { product_id: string; quantity: number }; Returns: Json }
      set_payment_reference: {
        Args: { payment_id: string; provider_reference?: string; replaces?: string; url?: string }
        Returns: Json
      }
      shipping_options: {
        Args: { city?: string; country: string; subtotal?: number }
        Returns: {
          description: string
          estimated_days_max: number
          estimated_days_min: number
          id: string
          name: string
          price: number
        }[]
      }
      start_job: {
        Args: { job: string; next_at?: string; schedule: string; scheduled_for?: string; worker: string }
        Returns: string
      }
      start_payment: {
        Args: { guest_token?: string; order_id: string; provider: string; user_id?: string }
        Returns: Json
      }
      sync_cart: { Args: { items: Json }; Returns: Json }
      track_order: { Args: { email: string; order_number: string }; Returns: Json }
      validate_coupon: { Args: { code: string; subtotal: number }; Returns: Json }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    keyof (DefaultSchema['Tables'] & DefaultSchema['Views']) | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R
      }
      ? R
      : never
    : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I
      }
      ? I
      : never
    : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U
      }
      ? U
      : never
    : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    keyof DefaultSchema['CompositeTypes'] | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never

export const Constants = {
  public: {
    Enums: {},
  },
} as const
